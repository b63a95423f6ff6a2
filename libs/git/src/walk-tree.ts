import type { Mirror } from './mirror.ts'
import { parseTree } from './parse-tree.ts'
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

/** Everything under a tree, folders before what they hold. Throws InvalidTreeError and DamagedMirrorError. */
export async function* walkTree(mirror: Mirror, treeOid: string, prefix = '', depth = 0): AsyncGenerator<WalkEntry> {
  if (depth > maxDepth) throw new RangeError(`the repository has folders more than ${maxDepth} deep (${prefix})`)
  for (const { mode, name, oid } of parseTree(readObject(mirror, treeOid).body)) {
    const path = prefix === '' ? name : `${prefix}/${name}`
    const type = mode === '40000' ? 'tree' : mode === '160000' ? 'commit' : 'blob'
    yield { path, mode, oid, type }
    if (type === 'tree') yield* walkTree(mirror, oid, path, depth + 1)
  }
}
