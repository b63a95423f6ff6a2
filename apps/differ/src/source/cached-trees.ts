import type { GitObject } from '@plimsoll/event-log'
import type { ReadGitObjects } from './git-tree.ts'

/** Trees that were read lately: most of what one commit holds, the next one holds too. */
export type TreeCache = { readonly trees: Map<string, GitObject>; bytes: number }

export const noTrees = (): TreeCache => ({ trees: new Map(), bytes: 0 })

// Parsed they take several times as much.
const bytesAtMost = 4 * 1024 * 1024

/** Reads trees through a cache; files are read as they are asked for. No repository sees what another has in it. */
export function cachedTrees(repository: string, read: ReadGitObjects, cache: TreeCache): ReadGitObjects {
  const keyOf = (oid: string) => `${repository} ${oid}`
  return async (oids) => {
    const known = oids.filter((oid) => cache.trees.has(keyOf(oid)))
    if (known.length === 0) return keep(cache, await read(oids), keyOf)
    const found = new Map(known.map((oid) => [oid, use(cache, keyOf(oid))] as const))
    const others = oids.filter((oid) => !found.has(oid))
    if (others.length > 0) for (const [oid, object] of keep(cache, await read(others), keyOf)) found.set(oid, object)
    return new Map([...found].flatMap(([oid, object]) => (object === undefined ? [] : [[oid, object] as const])))
  }
}

/** What is used is dropped last. */
function use({ trees }: TreeCache, key: string): GitObject | undefined {
  const object = trees.get(key)
  if (object === undefined) return undefined
  trees.delete(key)
  trees.set(key, object)
  return object
}

function keep(
  cache: TreeCache,
  objects: ReadonlyMap<string, GitObject>,
  keyOf: (oid: string) => string,
): ReadonlyMap<string, GitObject> {
  for (const [oid, object] of objects) {
    if ((object.type !== 'tree' && object.type !== 'way') || object.body.byteLength > bytesAtMost / 4) continue
    if (!cache.trees.has(keyOf(oid))) cache.bytes += object.body.byteLength
    cache.trees.set(keyOf(oid), object)
  }
  for (const [key, { body }] of cache.trees) {
    if (cache.bytes <= bytesAtMost) break
    cache.trees.delete(key)
    cache.bytes -= body.byteLength
  }
  return objects
}
