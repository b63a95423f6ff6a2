import { whyNoRefName } from '@plimsoll/domain'

/** The text cannot be the name of a Git branch. */
export class InvalidBranchError extends Error {
  override readonly name = 'InvalidBranchError'
}

/** Checks a branch name by the rules of `git check-ref-format --branch`. Throws InvalidBranchError. */
export function checkBranch(name: string): void {
  const because = whyNoRefName(name)
  if (because === undefined) return
  const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
  throw new InvalidBranchError(`${shown} is not a branch name: ${because}; give a plain name such as \`main\``)
}
