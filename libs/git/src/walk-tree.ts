import type { Mirror } from './mirror.ts'
import { InvalidTreeError, parseTree } from './parse-tree.ts'
import { readObject } from './read-objects.ts'

export type WalkEntry = {
  /** Relative to the tree that the walk began at, with slashes. */
  readonly path: string
  readonly mode: string
  readonly oid: string
  /** `commit` is a submodule. */
  readonly type: 'tree' | 'blob' | 'commit'
}

const maxDepth = 64

/**
 * Everything under a tree, folders before what they hold. Throws InvalidTreeError, also when there are more entries than
 * the mirror may hold objects: a few trees that name each other stand for billions of files. Throws DamagedMirrorError.
 */
export async function* walkTree(mirror: Mirror, treeOid: string): AsyncGenerator<WalkEntry> {
  let left = mirror.limits.maxObjects
  for (const entry of walk(mirror, treeOid, '', 0)) {
    if (left-- === 0) throw new InvalidTreeError(`the repository names more than ${mirror.limits.maxObjects} files`)
    yield entry
  }
}

function* walk(mirror: Mirror, treeOid: string, folder: string, depth: number): Generator<WalkEntry> {
  if (depth > maxDepth) throw new InvalidTreeError(`the repository has folders more than ${maxDepth} deep (${folder})`)
  for (const { mode, name, oid } of parseTree(readObject(mirror, treeOid).body)) {
    const path = folder === '' ? name : `${folder}/${name}`
    const type = mode === '40000' ? 'tree' : mode === '160000' ? 'commit' : 'blob'
    yield { path, mode, oid, type }
    if (type === 'tree') yield* walk(mirror, oid, path, depth + 1)
  }
}
