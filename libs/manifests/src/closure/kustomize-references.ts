import type { Data } from '../read-node.ts'
import { readValues } from './read-values.ts'
import { joinPath } from './repository-path.ts'

/** A file or folder that a file names. */
export type Reference = {
  readonly path: string
  /**
   * What it may be: `base` a folder with a kustomization or a file of resources, `folder` only the former, `plugin` a file
   * that configures a transformer or a folder that renders to some, `chart` a folder with a chart, `file` any other file.
   */
  readonly as: 'base' | 'folder' | 'plugin' | 'chart' | 'file'
  /** The text that it stands in, to tell its line. */
  readonly text: string
  /** Where a chart would be fetched from, if it is not there. */
  readonly remote?: string
}

/** What a file refers to; `unsure` when it cannot be told from its text. */
export type References = { readonly references: readonly Reference[]; readonly unsure: boolean }

type Fields = { readonly [key: string]: Data }

export const kustomizationNames: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** All that a kustomization reads, by path from its folder. */
export function kustomizeReferences(document: Data): References {
  if (!isFields(document)) return { references: [], unsure: false }
  const named = (as: Reference['as'], ...fields: readonly string[]) =>
    fields.flatMap((field) => textsOf(document[field]).map((text): Reference => ({ path: text, as, text })))
  const plugins = ['generators', 'transformers', 'validators'].flatMap((field) => textsOf(document[field]))
  const inline = plugins.filter(isInline).map(inlinePlugin)
  return {
    references: [
      ...named('base', 'resources'),
      ...named('folder', 'bases', 'components'),
      ...named('file', 'crds', 'configurations'),
      ...named('file', 'patchesStrategicMerge', 'patches').filter(({ text }) => !isInline(text)),
      ...plugins.filter((text) => !isInline(text)).map((text): Reference => ({ path: text, as: 'plugin', text })),
      ...['patches', 'patchesJson6902', 'replacements'].flatMap((field) => itemsOf(document[field]).flatMap(pathField)),
      ...pathField(document['openapi']),
      ...['configMapGenerator', 'secretGenerator'].flatMap((field) => itemsOf(document[field]).flatMap(generatorFiles)),
      ...chartsOf(document),
      ...inline.flatMap(({ references }) => references),
    ],
    unsure: inline.some(({ unsure }) => unsure),
  }
}

/** What the configuration of a transformer or generator reads, by path from the folder of the kustomization. */
export function pluginReferences(documents: readonly Data[]): References {
  const references: Reference[] = []
  let unsure = false
  for (const document of documents) {
    if (!isFields(document)) continue
    // Others are programs, or what they read is their own matter.
    if (document['apiVersion'] !== 'builtin') unsure = true
    references.push(
      ...pathField(document),
      ...files(document['paths']),
      ...itemsOf(document['replacements']).flatMap(pathField),
      ...generatorFiles(document),
    )
    if (document['kind'] === 'HelmChartInflationGenerator') references.push(...chartReferences(document, document))
  }
  return { references, unsure }
}

/** The configuration itself may stand where others name its file. */
function inlinePlugin(text: string): References {
  const values = readValues('', Buffer.from(text))
  return 'documents' in values ? pluginReferences(values.documents) : { references: [], unsure: true }
}

function isInline(text: string): boolean {
  return text.includes('\n') || text.trimStart().startsWith('{') || text.includes(': ')
}

function generatorFiles(generator: Fields): readonly Reference[] {
  const sources = textsOf(generator['files']).map((text): Reference => {
    const at = text.indexOf('=')
    return { path: at < 0 ? text : text.slice(at + 1), as: 'file', text }
  })
  return [...sources, ...files(generator['envs']), ...files(generator['env'])]
}

function chartsOf(document: Fields): readonly Reference[] {
  const globals = isFields(document['helmGlobals']) ? document['helmGlobals'] : {}
  const charts = itemsOf(document['helmCharts']).flatMap((chart) => chartReferences(chart, globals))
  const older = itemsOf(document['helmChartInflationGenerator']).flatMap((chart) =>
    chartReferences(
      {
        name: chart['chartName'] ?? null,
        repo: chart['chartRepoUrl'] ?? null,
        version: chart['chartVersion'] ?? null,
        valuesFile: chart['values'] ?? null,
      },
      chart,
    ),
  )
  return [...charts, ...older]
}

/** Of a chart that is fetched, Kustomize keeps each version apart. */
function chartReferences(chart: Fields, { chartHome }: Fields): readonly Reference[] {
  const values = [...files(chart['valuesFile']), ...files(chart['additionalValuesFiles'])]
  const { name, repo, version } = chart
  if (typeof name !== 'string') return values
  const home = typeof chartHome === 'string' && chartHome !== '' ? chartHome : 'charts'
  const isFetched = typeof repo === 'string' && repo !== ''
  const isPinned = isFetched && typeof version === 'string' && version !== ''
  const folder = isPinned ? joinPath(home, `${name}-${version}`) : home
  return [...values, { path: joinPath(folder, name), as: 'chart', text: name, ...(isFetched && { remote: repo }) }]
}

function pathField(fields: Data | undefined): readonly Reference[] {
  return isFields(fields) ? files(fields['path']) : []
}

function files(data: Data | undefined): readonly Reference[] {
  return textsOf(data).map((text) => ({ path: text, as: 'file', text }))
}

function textsOf(data: Data | undefined): readonly string[] {
  if (typeof data === 'string') return data === '' ? [] : [data]
  return Array.isArray(data) ? data.filter((item): item is string => typeof item === 'string' && item !== '') : []
}

function itemsOf(data: Data | undefined): readonly Fields[] {
  return Array.isArray(data) ? data.filter(isFields) : []
}

function isFields(data: Data | undefined): data is { [key: string]: Data } {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
