import { missingGitObjects, putGitObjects } from '@plimsoll/event-log'
import type { EventLog, GitObject, SealKey } from '@plimsoll/event-log'
import { InvalidTreeError, parseTree, readObjects } from '@plimsoll/git'
import type { Mirror, RawObject, TreeEntry } from '@plimsoll/git'

const folder = '40000'
const submodule = '160000'
const objectsPerWrite = 1_000

/**
 * Stores every object below a tree of the mirror, sealed with the repository's key, as far as it is not stored.
 * A tree is stored after all that is below it, so a stored tree is a whole one, also after a crash.
 */
export async function storeTree(
  log: EventLog,
  seal: SealKey,
  repository: string,
  mirror: Mirror,
  root: string,
): Promise<void> {
  const levels: RawObject[][] = []
  let below: readonly string[] = [root]
  const blobs = new Set<string>()
  while (below.length > 0) {
    const trees = await read(mirror, await missingGitObjects(log, repository, below))
    if (trees.length > 0) levels.push(trees)
    const entries = trees.flatMap(({ body }) => entriesOf(body))
    for (const { mode, oid } of entries) if (mode !== folder && mode !== submodule) blobs.add(oid)
    below = [...new Set(entries.filter(({ mode }) => mode === folder).map(({ oid }) => oid))]
  }
  const missing = await missingGitObjects(log, repository, [...blobs])
  for (let at = 0; at < missing.length; at += objectsPerWrite)
    await putGitObjects(log, repository, await read(mirror, missing.slice(at, at + objectsPerWrite)), seal)
  for (const trees of levels.toReversed()) await putGitObjects(log, repository, trees, seal)
}

/**
 * Stores the trees from a root down to a path, and all below it. Those on the way are kept as a way only: of a stored tree
 * all that is below it is stored too. Answers the path's tree, an empty text if it is missing.
 */
export async function storePath(
  log: EventLog,
  seal: SealKey,
  repository: string,
  mirror: Mirror,
  root: string,
  path: string,
): Promise<string> {
  const way: GitObject[] = []
  let tree = root
  for (const name of path === '.' ? [] : path.split('/')) {
    const [object] = await read(mirror, [tree])
    if (object === undefined) return ''
    way.push({ ...object, type: 'way' })
    const entry = entriesOf(object.body).find((candidate) => candidate.name === name)
    if (entry?.mode !== folder) {
      await putGitObjects(log, repository, way, seal)
      return ''
    }
    tree = entry.oid
  }
  await storeTree(log, seal, repository, mirror, tree)
  await putGitObjects(log, repository, way, seal)
  return tree
}

function read(mirror: Mirror, oids: readonly string[]): Promise<RawObject[]> {
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
