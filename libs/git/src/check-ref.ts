import { whyNoRevision } from '@plimsoll/domain'

/** The text cannot name a branch, a tag, another ref or a commit. */
export class InvalidRefError extends Error {
  override readonly name = 'InvalidRefError'
}

/** Checks what a person gives as a revision, by the rules of `whyNoRevision`. Throws InvalidRefError. */
export function checkRef(text: string): void {
  const because = whyNoRevision(text)
  if (because !== undefined) throw new InvalidRefError(because)
}

/** The full names that a short one may stand for; a name that begins with `refs/` stands for itself. */
export function fullNames(name: string): readonly string[] {
  if (name === 'HEAD' || name.startsWith('refs/')) return [name]
  return [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]
}

export const isCommitId = (text: string): boolean => /^[0-9a-f]{40}$/.test(text)

/** The beginning of a commit's id, as long as people shorten it at most. */
export const isCommitPrefix = (text: string): boolean => /^[0-9a-f]{7,39}$/.test(text)
