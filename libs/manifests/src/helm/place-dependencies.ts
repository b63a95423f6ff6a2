import { joinPath, resolvePath, withoutCredentials } from '../closure/repository-path.ts'
import type { ManifestError } from '../manifest-error.ts'
import { allowsPlace, remotePlace } from '../closure/remote-hosts.ts'
import { orAllow } from '../closure/refusal.ts'
import { type ChartFile, type Dependency, readChart } from './read-chart.ts'

export type Placed = {
  /** All files, with the charts of the repository laid where Helm looks for them. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Where the charts that were laid somewhere come from, by the folder they were laid in. */
  readonly origins: ReadonlyMap<string, string>
  /** What is to be fetched first. */
  readonly absent: readonly AbsentChart[]
  readonly errors: readonly ManifestError[]
}

/** A dependency that lies on a network, at a host that may be asked. */
export type AbsentChart = {
  readonly name: string
  /** What the lock names, else what the chart asks for. */
  readonly version: string
  readonly repository: string
  /** The folder that Helm looks for it in. */
  readonly charts: string
  readonly file: string
  readonly line: number
}

const scheme = 'file://'
const deepest = 16

/**
 * Does what `helm dependency build` would do: lays `file://` dependencies into `charts/`. Other dependencies must lie there,
 * in the version that the lock names, or at a host that may be asked.
 */
export function placeDependencies(
  target: string,
  given: ReadonlyMap<string, Uint8Array>,
  hosts: readonly string[] = [],
): Placed {
  const files = new Map(given)
  const absent: AbsentChart[] = []
  const origins = new Map<string, string>()
  const errors: ManifestError[] = []
  place(target, target, 0)
  return { files, origins, absent, errors }

  /** `from` is where the chart lies in the repository, `at` where Helm will see it. */
  function place(from: string, at: string, depth: number): void {
    const chart = readChart(from, given)
    if (chart === undefined) return
    errors.push(...unlocked(from, chart))
    for (const dependency of chart.dependencies) {
      const kept = keptChart(joinPath(from, 'charts'), dependency.name, given)
      if (kept !== undefined) errors.push(...otherVersion(from, chart, dependency, kept))
      else if (dependency.repository.startsWith(scheme)) placeLocal(from, at, chart, dependency, depth)
      else {
        const where = { file: chart.file, line: chart.lineOf(dependency.name) }
        const version = lockedVersion(chart, dependency) ?? dependency.version
        if (isFetchable(dependency, hosts))
          absent.push({ ...dependency, ...where, version, charts: joinPath(at, 'charts') })
        else errors.push(missing(from, chart, dependency, hosts))
      }
    }
  }

  function placeLocal(from: string, at: string, chart: ChartFile, { name, repository }: Dependency, depth: number) {
    const resolved = resolvePath(from, repository.slice(scheme.length))
    const folder = 'path' in resolved ? resolved.path : undefined
    if (folder === undefined || !given.has(joinPath(folder, 'Chart.yaml')) || depth === deepest) {
      errors.push(noChart(chart, name, repository))
      return
    }
    const laid = joinPath(at, `charts/${name}`)
    const prefix = folder === '.' ? '' : `${folder}/`
    for (const [path, body] of given)
      if (path.startsWith(prefix)) files.set(`${laid}/${path.slice(prefix.length)}`, body)
    origins.set(laid, folder)
    place(folder, laid, depth + 1)
  }
}

/** The version of a chart that lies in a `charts` folder, as a folder or packed; undefined if there is none. */
function keptChart(charts: string, name: string, files: ReadonlyMap<string, Uint8Array>): string | undefined {
  for (const path of files.keys()) {
    if (!path.startsWith(`${charts}/`)) continue
    const [first = '', second, third] = path.slice(charts.length + 1).split('/')
    if (second === undefined && first.startsWith(`${name}-`) && first.endsWith('.tgz')) {
      const version = first.slice(name.length + 1, -'.tgz'.length)
      if (/^v?\d/.test(version)) return version
    }
    if (second === 'Chart.yaml' && third === undefined) {
      const chart = readChart(`${charts}/${first}`, files)
      if (chart?.name === name) return chart.version
    }
  }
  return undefined
}

/** Where the lock is not one of these dependencies. */
function unlocked(folder: string, { dependencies, locked, lockFile }: ChartFile): readonly ManifestError[] {
  if (locked === null) return []
  const same = (a: Dependency, b: Dependency) => a.name === b.name && a.repository === b.repository
  const added = dependencies.filter(
    (wanted) => !locked.some((lock) => same(wanted, lock) && (!isExact(wanted.version) || isSameVersion(wanted, lock))),
  )
  const gone = locked.filter((lock) => !dependencies.some((wanted) => same(wanted, lock)))
  return [...new Set([...added, ...gone].map(({ name }) => name))].map((name) => ({
    file: lockFile,
    line: 0,
    message: `the dependency ${name} is not locked as the chart asks for it`,
    try: update(folder),
  }))
}

function otherVersion(
  folder: string,
  chart: ChartFile,
  { name, version, repository }: Dependency,
  kept: string,
): readonly ManifestError[] {
  const { file, lineOf } = chart
  const lock = lockedVersion(chart, { name, version, repository })
  const wanted = lock ?? (isExact(version) ? version : undefined)
  if (wanted === undefined || kept === '' || normal(wanted) === normal(kept)) return []
  const message = `charts/ holds ${name} ${kept}, and ${lock === undefined ? 'the chart asks for' : 'the lock names'} ${wanted}`
  return [{ file, line: lineOf(name), message, try: update(folder) }]
}

function lockedVersion({ locked }: ChartFile, { name, repository }: Dependency): string | undefined {
  // More than one version may be locked under other names, and then each is asked for exactly.
  const found = locked?.filter((one) => one.name === name && one.repository === repository) ?? []
  return found.length === 1 ? found[0]?.version : undefined
}

function isFetchable({ name, repository }: Dependency, hosts: readonly string[]): boolean {
  const place = remotePlace(repository)
  return /^[\w.-]+$/.test(name) && place !== undefined && allowsPlace(hosts, place)
}

function missing(
  folder: string,
  { file, lineOf }: ChartFile,
  { name, version, repository }: Dependency,
  hosts: readonly string[],
): ManifestError {
  const from = repository === '' ? '' : ` of ${withoutCredentials(repository)}`
  const place = remotePlace(repository)
  const why =
    place === undefined || hosts.length === 0
      ? 'a render has no network'
      : `${place.host}:${place.port} is no host that renders may reach`
  return {
    file,
    line: lineOf(name),
    message: `the dependency ${name} ${version}${from} is not in charts/, and ${why}`,
    try: place === undefined ? update(folder) : `${update(folder)}; ${orAllow(place)}`,
  }
}

function noChart({ file, lineOf }: ChartFile, name: string, repository: string): ManifestError {
  return {
    file,
    line: lineOf(repository),
    message: `there is no chart for the dependency ${name} at ${repository} in the repository`,
    try: 'correct the path, or commit the chart',
  }
}

function update(folder: string): string {
  return `run \`helm dependency update ${folder}\`, and commit charts/ and the lock`
}

function isExact(version: string): boolean {
  return /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version)
}

function isSameVersion(a: Dependency, b: Dependency): boolean {
  return normal(a.version) === normal(b.version)
}

function normal(version: string): string {
  return version.replace(/^v/, '').replace(/\+.*$/, '')
}
