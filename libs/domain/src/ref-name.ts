const longest = 244

/** Why a text cannot be the name of a Git branch or the short name of another ref, by the rules of Git; undefined if it can. */
export function whyNoRefName(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (new TextEncoder().encode(name).length > longest) return `it is longer than ${longest} bytes`
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

/**
 * Why a text names no revision; undefined for a name that a ref may have, long (`refs/pull/7/head`) or short (`v1.2`),
 * `HEAD`, or a commit by its id or the beginning of it. Expressions such as `main~2` are none.
 */
export function whyNoRevision(text: string): string | undefined {
  const because = text === 'HEAD' ? undefined : whyNoRefName(text)
  if (because === undefined) return undefined
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return `${shown} names no revision: ${because}; give a branch, a tag, a full ref such as refs/pull/7/head, or a commit`
}
