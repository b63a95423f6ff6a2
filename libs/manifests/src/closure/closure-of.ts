import { detectRenderer } from '../detect-renderer.ts'
import type { ManifestError } from '../manifest-error.ts'
import type { RendererName } from '../renderer.ts'
import { chartReferences } from './chart-references.ts'
import { cyclesIn } from './cycles-in.ts'
import { kustomizationNames, kustomizeReferences, pluginReferences, type Reference } from './kustomize-references.ts'
import { readValues, type Values } from './read-values.ts'
import { refusal } from './refusal.ts'
import { allowsPlace, isPlainFile, remotePlace, type RemoteReference } from './remote-hosts.ts'
import { isRemote, isWithin, joinPath, resolvePath, rootsOf, withoutCredentials } from './repository-path.ts'
import { isFile, isFolder, type SourceEntry, type SourceTree } from './source-tree.ts'

export type ClosureOptions = {
  /** The folder that is rendered; it must be there. */
  readonly target: string
  readonly renderer: RendererName | 'auto'
  readonly helm: { readonly values_files: readonly string[] }
  /** What the operator lets renders fetch from: see `allowsPlace`. Default none. */
  readonly hosts?: readonly string[]
}

/** All that a render can read. */
export type Closure = {
  readonly renderer: RendererName
  /** Folders and files of the repository, sorted, none within another. What is referred to and missing is among them. */
  readonly roots: readonly string[]
  /** What Kustomize will fetch. What Helm will is known when it is rendered: it may lie in a `charts` folder. */
  readonly remotes: readonly RemoteReference[]
  /** Why it cannot be rendered, by file and line. */
  readonly errors: readonly ManifestError[]
}

const stepsAtMost = 32
const foldersAtMost = 1_000
const referencesAtMost = 10_000
const errorsAtMost = 50

/** A folder whose own references are to be followed. */
type Folder = { readonly path: string; readonly as: 'kustomization' | 'chart' }
/** A reference where it stands. */
type Place = {
  readonly from: Folder
  readonly file: string
  readonly reference: Reference
  readonly line: () => number
}

type Search = {
  readonly hosts: readonly string[]
  readonly remotes: RemoteReference[]
  readonly source: SourceTree
  readonly paths: Set<string>
  readonly seen: Set<string>
  readonly edges: { readonly from: string; readonly to: string; readonly place: Place }[]
  readonly errors: ManifestError[]
  references: number
  unsure: boolean
}

/**
 * Follows the references of a folder's files, all of one step at once, so that it reads as often as they are deep. What
 * `source` throws comes through. Only text is looked at; what a reference leads to outside of the repository never is.
 */
export async function closureOf(
  source: SourceTree,
  { target, renderer, helm, hosts = [] }: ClosureOptions,
): Promise<Closure> {
  const names = (await source.list([target])).get(target) ?? new Map<string, SourceEntry>()
  const chosen = renderer === 'auto' ? detectRenderer(names.keys()) : renderer
  if (chosen === 'plain') return { renderer: chosen, roots: [target], remotes: [], errors: [] }
  const search: Search = {
    hosts,
    remotes: [],
    source,
    paths: new Set([target]),
    seen: new Set([`${chosen === 'helm' ? 'chart' : 'kustomization'} ${target}`]),
    edges: [],
    errors: [],
    references: 0,
    unsure: false,
  }
  const isChart = chosen === 'helm'
  let folders: readonly Folder[] = [{ path: target, as: isChart ? 'chart' : 'kustomization' }]
  let places = isChart ? helm.values_files.map((path) => valuesFile(target, path)) : []
  for (let step = 0; folders.length + places.length > 0; step++) {
    if (step === stepsAtMost || search.seen.size > foldersAtMost || search.references > referencesAtMost) {
      search.errors.push(tooMuch(folders[0]?.path ?? target))
      break
    }
    folders = await follow(search, [...places, ...(await referencesIn(search, folders))])
    places = []
  }
  search.errors.push(...cyclesIn(search.edges.map(({ from, to, place }) => ({ from, to, ...whereOf(place) }))))
  return {
    renderer: chosen,
    roots: search.unsure ? ['.'] : rootsOf(search.paths),
    remotes: search.remotes,
    errors: search.errors.slice(0, errorsAtMost),
  }
}

/** What the files of folders refer to. */
async function referencesIn(search: Search, folders: readonly Folder[]): Promise<readonly Place[]> {
  const lists = await search.source.list(folders.map(({ path }) => path))
  const files = folders.flatMap((folder) => {
    const names = lists.get(folder.path) ?? new Map<string, SourceEntry>()
    const [chosen, ...others] = folder.as === 'chart' ? [...filesOfChart(names)] : [...filesOfKustomization(names)]
    if (chosen === undefined) search.errors.push(refusal.nothingToRender(folder.path, folder.as))
    if (folder.as === 'kustomization' && others.length > 0)
      search.errors.push(
        refusal.twoKustomizations(
          folder.path,
          kustomizationNames.filter((name) => names.has(name)),
        ),
      )
    const read = folder.as === 'chart' ? [chosen, ...others] : [chosen]
    return read.flatMap((name) => {
      const entry = name === undefined ? undefined : names.get(name)
      return name === undefined || entry === undefined
        ? []
        : [{ folder, file: joinPath(folder.path, name), entry, oid: entry.oid, below: folder.path }]
    })
  })
  const readable = files.filter(({ entry, file }) => {
    if (isFile(entry)) return true
    search.errors.push(refusal.noFile({ file, line: 0 }, file, entry))
    return false
  })
  const bodies = await search.source.read(readable)
  return readable.flatMap(({ folder, file, oid }) => {
    const body = bodies.get(oid)
    const values = body === undefined ? [refusal.tooLarge(file)] : readValues(file, body)
    if (!('documents' in values)) {
      search.errors.push(...values)
      return []
    }
    return folder.as === 'chart' ? dependencies(folder, file, values) : kustomized(search, folder, file, values)
  })
}

function filesOfKustomization(names: ReadonlyMap<string, SourceEntry>): readonly string[] {
  return kustomizationNames.filter((name) => names.has(name))
}

function filesOfChart(names: ReadonlyMap<string, SourceEntry>): readonly string[] {
  return names.has('Chart.yaml') ? ['Chart.yaml', 'requirements.yaml'].filter((name) => names.has(name)) : []
}

function kustomized(search: Search, from: Folder, file: string, { documents, lineOf }: Values): readonly Place[] {
  const { references, unsure } = kustomizeReferences(documents[0] ?? null)
  if (unsure) search.unsure = true
  return references.map((reference) => ({ from, file, reference, line: () => lineOf(reference.text) }))
}

function dependencies(from: Folder, file: string, { documents, lineOf }: Values): readonly Place[] {
  return chartReferences(documents[0]).map(({ path, text }) => ({
    from,
    file,
    reference: { path, as: 'chart' as const, text },
    line: () => lineOf(text),
  }))
}

function valuesFile(target: string, path: string): Place {
  const reference: Reference = { path, as: 'file', text: path }
  return { from: { path: target, as: 'chart' }, file: 'source.helm.values_files', reference, line: () => 0 }
}

/** Looks at what references lead to; answers the folders to go on with. */
async function follow(search: Search, places: readonly Place[]): Promise<readonly Folder[]> {
  search.references += places.length
  const resolved = places.slice(0, referencesAtMost).flatMap((place) => {
    const at = resolvePath(place.from.path, place.reference.path)
    if ('path' in at) return [{ place, path: at.path }]
    if (mayBeKept(place)) return []
    if (isRemote(place.reference.path)) fetched(search, place)
    else search.errors.push(refusal.outside(whereOf(place), place.reference.path, at.refused))
    return []
  })
  const { found, stopped } = await search.source.find([...new Set(resolved.map(({ path }) => path))])
  const next = new Map<string, Folder>()
  const plugins: { readonly place: Place; readonly path: string; readonly oid: string }[] = []
  for (const { place, path } of resolved) {
    const entry = found.get(path)
    const { as, remote, path: text } = place.reference
    if (entry === undefined) {
      const way = stopped.get(path)
      const isFetched = remote !== undefined || (as === 'file' ? /^https?:\/\//.test(text) : isRemote(text))
      if (!isFetched) search.paths.add(path)
      if (mayBeKept(place)) continue
      if (isFetched) {
        fetched(search, place)
        continue
      }
      search.errors.push(
        way === undefined ? refusal.missing(whereOf(place), path) : refusal.noFolder(whereOf(place), way.at, way),
      )
      continue
    }
    search.paths.add(path)
    if (isFolder(entry) && as !== 'file') {
      const folder: Folder = { path, as: as === 'chart' ? 'chart' : 'kustomization' }
      search.edges.push({ from: keyOf(place.from), to: keyOf(folder), place })
      // Kustomize hands a chart to Helm as it is: what it depends on has to lie in it.
      const isFollowed = as !== 'chart' || mayBeKept(place)
      if (isFollowed && !search.seen.has(keyOf(folder))) next.set(keyOf(folder), folder)
    } else if (!isFile(entry)) search.errors.push(refusal.noFile(whereOf(place), path, entry))
    else if (as === 'folder' || (as === 'chart' && !mayBeKept(place)))
      search.errors.push(refusal.noFolder(whereOf(place), path, entry))
    else if (as === 'plugin') plugins.push({ place, path, oid: entry.oid })
  }
  for (const key of next.keys()) search.seen.add(key)
  const configured = await readPlugins(search, plugins)
  return [...next.values(), ...(configured.length > 0 ? await follow(search, configured) : [])]
}

/** What lies on a network is the renderer's to fetch, where the operator allows the host. */
function fetched({ hosts, remotes, errors }: Search, found: Place): void {
  const { path, remote } = found.reference
  const place = remotePlace(remote ?? path)
  const text = remote === undefined ? path : `${path} of ${remote}`
  const git = remote === undefined && !isPlainFile(path)
  if (place === undefined || !allowsPlace(hosts, place)) errors.push(refusal.remote(whereOf(found), text, place, hosts))
  else remotes.push({ ...whereOf(found), text: withoutCredentials(remote ?? path), git })
}

/** What a chart depends on may lie in its `charts` folder, wherever it says that it comes from: the renderer tells. */
function mayBeKept({ from, reference }: Place): boolean {
  return from.as === 'chart' && reference.as === 'chart'
}

/** The configuration of a transformer names files by path from the folder of the kustomization. */
async function readPlugins(
  search: Search,
  plugins: readonly { readonly place: Place; readonly path: string; readonly oid: string }[],
): Promise<readonly Place[]> {
  if (plugins.length === 0) return []
  const below = (path: string) => [...search.paths].find((root) => isWithin(path, root)) ?? path
  const bodies = await search.source.read(plugins.map(({ path, oid }) => ({ oid, below: below(path) })))
  return plugins.flatMap(({ place: { from }, path, oid }) => {
    const values = readValues(path, bodies.get(oid) ?? new Uint8Array())
    if (!('documents' in values)) {
      search.unsure = true
      return []
    }
    const { references, unsure } = pluginReferences(values.documents)
    if (unsure) search.unsure = true
    return references.map((reference) => ({
      from,
      file: path,
      reference,
      line: () => values.lineOf(reference.text),
    }))
  })
}

function keyOf({ path, as }: Folder): string {
  return `${as} ${path}`
}

function whereOf({ file, line }: Place): { readonly file: string; readonly line: number } {
  return { file, line: line() }
}

function tooMuch(file: string): ManifestError {
  return {
    file,
    line: 0,
    message: `what it refers to goes on for more than ${stepsAtMost} steps, ${foldersAtMost} folders or ${referencesAtMost} references`,
    try: 'split it into several workflows',
  }
}
