import { joinPath } from '../closure/repository-path.ts'
import { readValues } from '../closure/read-values.ts'
import type { Data } from '../read-node.ts'

export type Dependency = {
  readonly name: string
  readonly version: string
  readonly repository: string
}

/** What a chart says of itself; what cannot be read is left to Helm to tell. */
export type ChartFile = {
  readonly name: string
  readonly version: string
  /** The file that names the dependencies. */
  readonly file: string
  readonly dependencies: readonly Dependency[]
  readonly lineOf: (text: string) => number
  /** Null where there is no lock. */
  readonly locked: readonly Dependency[] | null
  readonly lockFile: string
}

type Fields = { readonly [key: string]: Data }
type Files = ReadonlyMap<string, Uint8Array>

/** Reads a chart's folder: `Chart.yaml`, or `requirements.yaml` beside it as charts of Helm 2 have. */
export function readChart(folder: string, files: Files): ChartFile | undefined {
  const chart = read(joinPath(folder, 'Chart.yaml'), files)
  if (chart === undefined) return undefined
  const old = read(joinPath(folder, 'requirements.yaml'), files)
  const from = old !== undefined && chart.fields['dependencies'] === undefined ? old : chart
  const lockFile = joinPath(folder, from === old ? 'requirements.lock' : 'Chart.lock')
  const lock = read(lockFile, files)
  return {
    name: text(chart.fields['name']),
    version: text(chart.fields['version']),
    file: joinPath(folder, from === old ? 'requirements.yaml' : 'Chart.yaml'),
    dependencies: dependenciesOf(from.fields),
    lineOf: from.lineOf,
    locked: lock === undefined ? null : dependenciesOf(lock.fields),
    lockFile,
  }
}

function read(path: string, files: Files) {
  const body = files.get(path)
  const values = body === undefined ? undefined : readValues(path, body)
  if (values === undefined || !('documents' in values)) return undefined
  const [fields] = values.documents
  return isFields(fields) ? { fields, lineOf: values.lineOf } : undefined
}

function dependenciesOf({ dependencies }: Fields): readonly Dependency[] {
  if (!Array.isArray(dependencies)) return []
  return dependencies.filter(isFields).map(({ name, version, repository }) => ({
    name: text(name),
    version: text(version),
    repository: text(repository),
  }))
}

function text(data: Data | undefined): string {
  return typeof data === 'string' ? data : typeof data === 'number' ? String(data) : ''
}

function isFields(data: Data | undefined): data is Fields {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
