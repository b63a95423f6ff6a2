import { missingGitObjects, putGitObjects } from '@plimsoll/event-log'
import type { EventLog, GitObject, SealKey } from '@plimsoll/event-log'
import { contentId, InvalidTreeError, parseTree, readObjects } from '@plimsoll/git'
import type { Mirror, TreeEntry } from '@plimsoll/git'

/** Where objects come from, and where they go. */
export type ObjectStore = {
  readonly log: EventLog
  readonly seal: SealKey
  readonly repository: string
  /** Another repository's name: what it keeps need not be stored again. */
  readonly beside?: string
  readonly mirror: Mirror
}

/** A path that somebody renders; `known` is what was stored of it before, null for nothing. */
export type StoredPath = { readonly path: string; readonly known: string | null }

const folder = '40000'
const submodule = '160000'
const objectsPerWrite = 1_000
const bytesPerWrite = 8 * 1024 * 1024
/** No manifest is larger; of what is, only the size is kept. */
const largestFile = 16 * 1024 * 1024
/** Whoever renders a folder that holds more refuses it. */
const entriesAtMost = 200_000

/**
 * Stores what lies at paths of a commit and is not stored yet, folders with all below them. The trees on the way there are
 * kept as a way only: of a stored tree all that is below it is stored too. Answers each path's content id, an empty text
 * for what is missing.
 */
export async function storePaths(
  store: ObjectStore,
  root: string,
  paths: readonly StoredPath[],
): Promise<ReadonlyMap<string, string>> {
  const way = new Map<string, Way>()
  const ids = new Map<string, string>()
  for (const { path, known } of paths) {
    const entry = await find(store, root, path, way)
    const id = entry === undefined ? '' : contentId(entry)
    ids.set(path, id)
    if (entry === undefined || entry.mode === submodule || id === known) continue
    if (entry.mode === folder) await storeTree(store, entry.oid)
    else await storeBlobs(store, [entry.oid])
  }
  const { log, repository, seal } = store
  const missing = new Set(await missingGitObjects(log, keptIn(store), [...way.keys()], { orAsWay: true }))
  const news = [...way.values()].map(({ tree }) => tree).filter(({ oid }) => missing.has(oid))
  await putGitObjects(log, repository, news, seal)
  return ids
}

/** A tree on the way to paths, read once for all of them. */
type Way = { readonly tree: GitObject; readonly entries: ReadonlyMap<string, TreeEntry> }

/** What lies at a path; notes the trees on the way. */
async function find(
  { mirror }: ObjectStore,
  root: string,
  path: string,
  way: Map<string, Way>,
): Promise<Pick<TreeEntry, 'mode' | 'oid'> | undefined> {
  let entry: Pick<TreeEntry, 'mode' | 'oid'> = { mode: folder, oid: root }
  for (const name of path === '.' ? [] : path.split('/')) {
    if (entry.mode !== folder) return undefined
    const step: Way | undefined = way.get(entry.oid) ?? (await readWay(mirror, entry.oid))
    if (step === undefined) return undefined
    way.set(entry.oid, step)
    const next = step.entries.get(name)
    if (next === undefined) return undefined
    entry = next
  }
  return entry
}

async function readWay(mirror: Mirror, oid: string): Promise<Way | undefined> {
  const [tree] = await readAll(mirror, [oid])
  if (tree === undefined) return undefined
  return {
    tree: { ...tree, type: 'way' },
    entries: new Map(entriesOf(tree.body).map((entry) => [entry.name, entry])),
  }
}

/** A tree is stored after all that is below it, so a stored tree is a whole one, also after a crash. */
async function storeTree(store: ObjectStore, root: string): Promise<void> {
  const { log, repository, mirror, seal } = store
  const levels: GitObject[][] = []
  let below: readonly string[] = [root]
  const blobs = new Set<string>()
  let count = 0
  while (below.length > 0) {
    const trees = await readAll(mirror, await missingGitObjects(log, keptIn(store), below))
    if (trees.length > 0) levels.push(trees)
    const entries = trees.flatMap(({ body }) => entriesOf(body))
    count += entries.length
    if (count > entriesAtMost) {
      // Enough for whoever renders it to see that it is too much.
      const seen = levels.flat().map((tree) => ({ ...tree, type: 'way' }))
      return putGitObjects(log, repository, seen, seal)
    }
    for (const { mode, oid } of entries) if (mode !== folder && mode !== submodule) blobs.add(oid)
    below = [...new Set(entries.filter(({ mode }) => mode === folder).map(({ oid }) => oid))]
  }
  await storeBlobs(store, [...blobs])
  for (const trees of levels.toReversed()) await putGitObjects(log, repository, trees, seal)
}

/** Holds no more than one write's bodies, and one file, at a time. */
async function storeBlobs(store: ObjectStore, oids: readonly string[]): Promise<void> {
  const { log, repository, mirror, seal } = store
  let batch: GitObject[] = []
  let bytes = 0
  for await (const { oid, type, body } of readObjects(mirror, await missingGitObjects(log, keptIn(store), oids))) {
    const isLarge = body.length > largestFile
    batch.push(isLarge ? { oid, type: 'large', body: Buffer.from(String(body.length)) } : { oid, type, body })
    bytes += isLarge ? 0 : body.length
    if (bytes < bytesPerWrite && batch.length < objectsPerWrite) continue
    await putGitObjects(log, repository, batch, seal)
    batch = []
    bytes = 0
  }
  await putGitObjects(log, repository, batch, seal)
}

function keptIn({ repository, beside }: ObjectStore): readonly string[] {
  return beside === undefined ? [repository] : [repository, beside]
}

function readAll(mirror: Mirror, oids: readonly string[]): Promise<GitObject[]> {
  return Array.fromAsync(readObjects(mirror, oids))
}

/** Nothing, of a tree that names files as none may: whoever renders it says so, and other folders are not held up. */
function entriesOf(tree: Uint8Array): readonly TreeEntry[] {
  try {
    return parseTree(tree)
  } catch (error) {
    if (error instanceof InvalidTreeError) return []
    throw error
  }
}
