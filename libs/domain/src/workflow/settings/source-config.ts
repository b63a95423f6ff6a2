import { stringifyJson } from '../../json/lossless-json.ts'
import { isSameJson } from '../../json/json.ts'
import type { JsonObject } from '../../json/json.ts'
import type { Problem } from '../../checked.ts'
import { oneOf } from '../../one-of.ts'

const renderers = ['auto', 'plain', 'kustomize', 'helm'] as const
export type RendererChoice = (typeof renderers)[number]

/** How the folder becomes manifests. */
export type SourceConfig = {
  /** `auto`: by what the folder holds. */
  readonly renderer: RendererChoice
  readonly helm: {
    /** Null: the id of the workflow. */
    readonly release_name: string | null
    /** Relative to the folder; they may lie elsewhere in the repository: `../../values/production.yaml`. Later ones win. */
    readonly values_files: readonly string[]
    /** Win over all files. */
    readonly values: JsonObject
  }
  /** Which kind of key was given for encrypted files; the key itself lies sealed beside the log. */
  readonly decryption: 'age' | null
}

export type SourceRequest = {
  readonly renderer?: string
  readonly helm?: {
    readonly release_name?: string | null
    readonly values_files?: readonly string[]
    readonly values?: JsonObject
  }
  readonly decryption?: 'age' | null
}

export const defaultSource: SourceConfig = {
  renderer: 'auto',
  helm: { release_name: null, values_files: [], values: {} },
  decryption: null,
}

/** As Helm has it: a release is named in labels of 63 characters, with room for what charts append. */
const releasePattern = /^[a-z0-9](?:[-a-z0-9.]{0,51}[a-z0-9])?$/
const valuesFilesAtMost = 32
/** An event holds 64 KiB, and a workflow has more settings. */
const valuesBytesAtMost = 24 * 1024

export function sourceConfig(request: SourceRequest, refuse: (problem: Problem) => void): SourceConfig {
  const { renderer = 'auto', helm = {}, decryption = null } = request
  const known = oneOf(renderer, renderers)
  if (known === undefined) refuse({ field: 'source.renderer', message: `must be ${renderers.join(', ')}` })
  const { release_name: release = null, values_files: files = [], values = {} } = helm
  if (release !== null && !releasePattern.test(release))
    refuse({
      field: 'source.helm.release_name',
      message: `${JSON.stringify(release)} is no release name: use lower-case letters, digits, "-" and ".", at most 53`,
    })
  for (const file of files)
    if (file === '' || file.startsWith('/') || /[\\\0]/.test(file) || /^[a-z][-+.a-z0-9]*:\/\//i.test(file))
      refuse({
        field: 'source.helm.values_files',
        message: `${JSON.stringify(file)} is no path relative to the folder: write values-production.yaml or ../values/production.yaml`,
      })
  if (files.length > valuesFilesAtMost)
    refuse({ field: 'source.helm.values_files', message: `names more than ${valuesFilesAtMost} files` })
  if (new TextEncoder().encode(stringifyJson(values)).length > valuesBytesAtMost)
    refuse({
      field: 'source.helm.values',
      message: `is larger than ${valuesBytesAtMost} bytes: put them into a file of the repository and name it in values_files`,
    })
  const usesHelm = release !== null || files.length > 0 || !isSameJson(values, {})
  if (usesHelm && known !== 'auto' && known !== 'helm')
    refuse({ field: 'source.helm', message: `says how to render a chart, and source.renderer is ${renderer}` })
  return { renderer: known ?? 'auto', helm: { release_name: release, values_files: files, values }, decryption }
}
