import { createHash } from 'node:crypto'

/** What lies at a path of a repository: what identifies its content, nothing (or an empty text) where nothing lies there. */
export type PathContent = { readonly path: string; readonly tree: string | null }

/**
 * Tells whether a commit has something else at paths than another. The key of a single path is what lies there, null for
 * nothing; of several it is a digest over all.
 */
export function sourceKeyOf(contents: readonly PathContent[]): string | null {
  const [only, ...others] = contents
  if (only !== undefined && others.length === 0) return only.tree || null
  const lines = contents.map(({ path, tree }) => `${JSON.stringify(path)} ${tree ?? ''}`).toSorted()
  return `paths:${createHash('sha256').update(lines.join('\n')).digest('hex')}`
}
