import { stringifyJson } from '@plimsoll/domain'
import { joinPath, resolvePath } from '../closure/repository-path.ts'
import type { ManifestError } from '../manifest-error.ts'
import { parseDocuments, type RenderedDocument, splitDocuments } from '../program/documents.ts'
import { splitHooks } from '../program/split-hooks.ts'
import type { HelmParameters, ToolRenderInput, ToolRenderResult } from '../renderer.ts'
import { fetchCharts } from './fetch-charts.ts'
import { helmErrors } from './helm-errors.ts'
import { placeDependencies } from './place-dependencies.ts'

/** To be raised when the same files come to render to something else. */
export const helmAdapterVersion = '2'

/** The values of the workflow; no path of a repository begins so. */
const inlineValues = '.plimsoll/values.json'

/**
 * Renders a chart by `helm template`: no cluster is asked, so `lookup` finds nothing. Dependencies that are not there are
 * fetched from `hosts` before. Returns every error found, or the objects and the hooks. Throws FetchFailedError.
 */
export async function renderHelm(
  input: ToolRenderInput & { readonly parameters: HelmParameters },
): Promise<ToolRenderResult> {
  const { target, files, tool, parameters, signal } = input
  if (!files.has(joinPath(target, 'Chart.yaml'))) return [noChart(target)]
  const placed = placeDependencies(target, files, input.hosts)
  if (placed.errors.length > 0) return placed.errors
  const fetched = await fetchCharts(placed.absent, input)
  if (fetched.errors.length > 0) return fetched.errors
  const { values, errors } = valuesFiles(target, parameters.valuesFiles, files)
  if (errors.length > 0) return errors
  const { stdout, stderr, exitCode } = await tool.run({
    args: helmArguments(target, values, parameters),
    files: new Map([...placed.files, ...fetched.files]).set(
      inlineValues,
      Buffer.from(stringifyJson(parameters.values)),
    ),
    ...(signal && { signal }),
  })
  const fileOf = (source: string) => realFile(target, source, placed.origins)
  if (exitCode !== 0) return helmErrors(stderr, { target, files, fileOf })
  const documents = splitDocuments(stdout).map((body): RenderedDocument => ({ source: fileOf(sourceOf(body)), body }))
  const parsed = await parseDocuments(documents, signal)
  return 'objects' in parsed ? splitHooks(parsed.objects) : parsed
}

function helmArguments(target: string, values: readonly string[], parameters: HelmParameters): readonly string[] {
  const { releaseName, namespace, kubeVersion, apiVersions } = parameters
  return [
    'template',
    `--namespace=${namespace}`,
    '--include-crds',
    ...[...values, inlineValues].map((path) => `--values=./${path}`),
    ...(kubeVersion === null ? [] : [`--kube-version=${kubeVersion}`]),
    ...inParts(apiVersions).map((part) => `--api-versions=${part.join(',')}`),
    '--',
    releaseName,
    `./${target}`,
  ]
}

/** An argument may have 128 KiB, and a cluster serves any number of kinds. */
function inParts(texts: readonly string[], size = 500): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, i) => texts.slice(i * size, (i + 1) * size))
}

function valuesFiles(target: string, named: readonly string[], files: ReadonlyMap<string, Uint8Array>) {
  const errors: ManifestError[] = []
  const values = named.flatMap((name) => {
    const resolved = resolvePath(target, name)
    const path = 'path' in resolved ? resolved.path : undefined
    if (path !== undefined && files.has(path)) return [path]
    errors.push({
      file: path ?? name,
      line: 0,
      message: 'there is no such file, and source.helm.values_files names it',
      try: 'correct source.helm.values_files, or commit the file',
    })
    return []
  })
  return { values, errors }
}

/** Helm writes it above each document. */
function sourceOf(document: Uint8Array): string {
  const end = document.indexOf(0x0a)
  const first = Buffer.from(document.subarray(0, end < 0 ? document.length : end)).toString('utf8')
  return /^# Source: (.+?)\r?$/.exec(first)?.[1] ?? ''
}

/** `shop/charts/common/templates/web.yaml`: Helm names charts, and we the files of the repository. */
function realFile(target: string, source: string, origins: ReadonlyMap<string, string>): string {
  const inside = source.slice(source.indexOf('/') + 1)
  if (!source.includes('/')) return joinPath(target, 'Chart.yaml')
  const path = joinPath(target, inside)
  const laid = [...origins.keys()]
    .filter((folder) => path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)
  const [deepest] = laid
  return deepest === undefined ? path : joinPath(origins.get(deepest) ?? '.', path.slice(deepest.length + 1))
}

function noChart(target: string): ManifestError {
  return {
    file: target,
    line: 0,
    message: 'the folder holds no Chart.yaml',
    try: 'correct target_path, or set the renderer of the workflow to plain',
  }
}
