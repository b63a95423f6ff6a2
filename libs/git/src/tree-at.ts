import type { Mirror } from './mirror.ts'
import { parseTree } from './parse-tree.ts'
import { commitInfo } from './commit-info.ts'
import { readObject } from './read-objects.ts'

/**
 * The folder at `path` (`.` and an empty path are the root) as of `commit`; undefined when it is missing or no folder.
 * Its id changes exactly when something under it does.
 */
export async function treeAt(
  mirror: Mirror,
  commit: string,
  path: string,
): Promise<{ readonly oid: string; readonly type: 'tree' } | undefined> {
  let oid = commitInfo(mirror, commit).tree
  for (const name of path.split('/').filter((part) => part !== '' && part !== '.')) {
    const entry = parseTree(readObject(mirror, oid).body).find((candidate) => candidate.name === name)
    if (entry?.mode !== '40000') return undefined
    oid = entry.oid
  }
  return { oid, type: 'tree' }
}
