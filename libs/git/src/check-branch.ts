/** The text cannot be the name of a Git branch. */
export class InvalidBranchError extends Error {
  override readonly name = 'InvalidBranchError'
}

const longest = 244

/** Checks a branch name by the rules of `git check-ref-format --branch`. Throws InvalidBranchError. */
export function checkBranch(name: string): void {
  const because = reasonAgainst(name)
  if (because !== undefined)
    throw new InvalidBranchError(`${quote(name)} is not a branch name: ${because}; give a plain name such as \`main\``)
}

/** Why a text cannot be the name of a branch, or the short name of any ref; undefined if it can. */
export function reasonAgainst(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (Buffer.byteLength(name) > longest) return `it is longer than ${longest} bytes`
  if (name.startsWith('-')) return 'it begins with a dash'
  if (name === 'HEAD' || name === '@') return 'it is a name that Git keeps for itself'
  if (/[\p{Cc} ~^:?*[\\]/u.test(name)) return 'it holds a space, a control character or one of ~ ^ : ? * [ \\'
  if (name.includes('..')) return 'it holds two dots in a row'
  if (name.includes('@{')) return 'it holds `@{`'
  if (name.endsWith('.')) return 'it ends with a dot'
  for (const part of name.split('/')) {
    if (part === '') return 'it has an empty part (a slash at an end, or two in a row)'
    if (part.startsWith('.')) return 'a part of it begins with a dot'
    if (part.endsWith('.lock')) return 'a part of it ends with `.lock`'
  }
  return undefined
}

function quote(name: string): string {
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name
  return JSON.stringify(shown)
}
