import { readValues } from '../closure/read-values.ts'
import { joinPath, resolvePath } from '../closure/repository-path.ts'
import type { ManifestError } from '../manifest-error.ts'
import { kustomizationOf } from './tell-origins.ts'

export type Failed = {
  readonly target: string
  /** Of the target. */
  readonly kustomization: string
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** How Kustomize says, from the outside in, which folder it was in. */
const entered = /(?:recursed accumulation of path|couldn't make target for path) '\/work\/?([^']*)': /g
const remedy = 'correct the file, and try it with `kustomize build`'

/** What Kustomize said, as errors of files of the repository. */
export function kustomizeErrors(stderr: string, failed: Failed): readonly ManifestError[] {
  const said = stderr
    .split('\n')
    .filter((line) => !/^#? ?Warning:/.test(line))
    .join('\n')
    .trim()
    .replace(/^Error: /, '')
  const places = [...said.matchAll(entered)]
  const last = places.at(-1)
  const folder = last?.[1] ?? (last ? '.' : failed.target)
  const file = kustomizationOf(folder, failed.files) ?? failed.kustomization
  const reason = last === undefined ? said : said.slice(last.index + last[0].length)
  return known(reason, folder, file, failed) ?? [{ file, line: 0, message: plain(reason), try: remedy }]
}

type Known = (reason: string, folder: string, file: string, failed: Failed) => readonly ManifestError[] | undefined

/** The mistakes that people make. */
const known: Known = (reason, folder, file, failed) => {
  const at = (text: string) => lineIn(file, failed, text)
  const malformed =
    /accumulating resources from '([^']+)'.*MalformedYAMLError: yaml: (?:line (\d+): )?(.*?) in File: /s.exec(reason)
  if (malformed?.[1] !== undefined)
    return [error(below(folder, malformed[1]), Number(malformed[2] ?? 0), `malformed YAML: ${malformed[3]}`)]

  const twice = /merging resources from '([^']+)': may not add resource with an already registered id: ([^']+)/.exec(
    reason,
  )
  if (twice?.[1] !== undefined) {
    const message = `${subject(twice[2] ?? '')} is declared a second time`
    return [error(below(folder, twice[1]), 0, message, 'give it another name, or remove one of the two')]
  }
  const missing = /(?:open|lstat|evalsymlink failure on) '?\/work\/([^\s':]+)'?.*no such file or directory/.exec(reason)
  if (missing?.[1] !== undefined) {
    const named = relative(folder, missing[1])
    const line = at(missing[1].split('/').at(-1) ?? '') || at(named)
    return [
      error(
        file,
        line,
        `there is nothing at ${missing[1]} in the repository`,
        'correct the reference, or commit what it names',
      ),
    ]
  }
  const unknown = /json: unknown field "([^"]+)"/.exec(reason)
  if (unknown?.[1] !== undefined)
    return [error(file, at(unknown[1]), `the field ${JSON.stringify(unknown[1])} is not known to Kustomize`)]

  const noTarget =
    /no resource matches (?:strategic merge|json) patch "?([^";]+)"?|failed to find unique target for patch (\S+)/i.exec(
      reason,
    )
  const patched = noTarget?.[1] ?? noTarget?.[2]
  if (patched !== undefined)
    return [
      error(
        file,
        0,
        `a patch is for ${subject(patched)}, which is not among the resources`,
        'correct its kind, name or namespace',
      ),
    ]

  if (/plugins? disabled|unable to load external plugin|must specify --enable-(?:exec|alpha-plugins)/.test(reason)) {
    const name = /plugin '([^']+)'/.exec(reason)?.[1]
    const which = name === undefined ? 'a plugin' : `the plugin ${name}`
    return [
      error(file, 0, `${which} is a program, and programs of a repository are not run`, 'commit what it generates'),
    ]
  }
  return /yaml: /.test(reason) ? malformedFiles(failed) : undefined
}

function error(file: string, line: number, message: string, attempt = remedy): ManifestError {
  return { file, line, message, try: attempt }
}

/** Kustomize does not always say which file it could not read: we look. */
function malformedFiles({ files }: Failed): readonly ManifestError[] | undefined {
  const errors = [...files].flatMap(([path, body]) => {
    if (!/\.ya?ml$|(?:^|\/)Kustomization$/.test(path)) return []
    const values = readValues(path, body)
    return 'documents' in values ? [] : values
  })
  return errors.length > 0 ? errors.slice(0, 20) : undefined
}

/** `Deployment.v1.apps/web.[noNs]` */
function subject(id: string): string {
  const [, kind = '', name = '', namespace = ''] = /^([^./]+)\.[^/]*\/(.+)\.([^.]+)$/.exec(id.trim()) ?? []
  if (kind === '') return id.trim()
  return `${kind}/${name}${namespace === '[noNs]' ? '' : ` in ${namespace}`}`
}

function below(folder: string, path: string): string {
  const resolved = resolvePath(folder, path)
  return 'path' in resolved ? resolved.path : joinPath(folder, path)
}

function relative(folder: string, path: string): string {
  return folder !== '.' && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path
}

function lineIn(file: string, { files }: Failed, text: string): number {
  const body = files.get(file)
  const values = body === undefined ? undefined : readValues(file, body)
  return values !== undefined && 'documents' in values ? values.lineOf(text) : 0
}

/** Without the folders of the sandbox, and on one line. */
function plain(text: string): string {
  const told = text
    .replaceAll('/work/', '')
    .replaceAll("'/work'", "'.'")
    .replaceAll(/\s*\n\s*/g, ' ')
  return told.length > 600 ? `${told.slice(0, 600)}…` : told
}
