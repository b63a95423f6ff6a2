import { reasonAgainst } from './check-branch.ts'

/** The text cannot name a branch, a tag, another ref or a commit. */
export class InvalidRefError extends Error {
  override readonly name = 'InvalidRefError'
}

/**
 * Checks what a person gives as a revision: a name that a ref may have, long (`refs/pull/7/head`) or short (`v1.2`), `HEAD`,
 * or a commit by its id or the beginning of it. Expressions such as `main~2` are none. Throws InvalidRefError.
 */
export function checkRef(text: string): void {
  if (text === 'HEAD') return
  const because = reasonAgainst(text)
  if (because === undefined) return
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  throw new InvalidRefError(
    `${shown} names no revision: ${because}; give a branch, a tag, a full ref such as refs/pull/7/head, or a commit`,
  )
}

/** The full names that a short one may stand for; a name that begins with `refs/` stands for itself. */
export function fullNames(name: string): readonly string[] {
  if (name === 'HEAD' || name.startsWith('refs/')) return [name]
  return [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]
}

export const isCommitId = (text: string): boolean => /^[0-9a-f]{40}$/.test(text)

/** The beginning of a commit's id, as long as people shorten it at most. */
export const isCommitPrefix = (text: string): boolean => /^[0-9a-f]{7,39}$/.test(text)
