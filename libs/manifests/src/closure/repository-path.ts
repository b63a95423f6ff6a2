/** Where a reference leads: a path of the repository, or why it leads to none. */
export type Resolved =
  { readonly path: string } | { readonly refused: 'absolute' | 'leaves the repository' | 'not a path' }

/** Resolves a path that stands in a file of `folder`, by text alone. */
export function resolvePath(folder: string, text: string): Resolved {
  if (text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text)) return { refused: 'absolute' }
  if (text === '' || text.includes('\0') || text.includes('\\')) return { refused: 'not a path' }
  const parts = folder === '.' ? [] : folder.split('/')
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return { refused: 'leaves the repository' }
  }
  return { path: parts.length === 0 ? '.' : parts.join('/') }
}

/** Whether a path lies at or below another. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`)
}

export function joinPath(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`
}

/** How many roots are kept apart; with more, or with longer ones, the whole repository is the root. */
const rootsAtMost = 64
const charactersAtMost = 16_384

/** Sorted, and none within another. */
export function rootsOf(paths: Iterable<string>): readonly string[] {
  const roots: string[] = []
  // What holds others comes before them.
  const length = (path: string) => (path === '.' ? 0 : path.length)
  for (const path of [...new Set(paths)].toSorted((a, b) => length(a) - length(b)))
    if (!roots.some((root) => isWithin(path, root))) roots.push(path)
  const characters = roots.reduce((sum, { length }) => sum + length, 0)
  return roots.length > rootsAtMost || characters > charactersAtMost ? ['.'] : roots.toSorted()
}

/**
 * Whether a reference that is no path of the repository names something on a network, as Kustomize and Helm would fetch
 * it: a URL, `host:path` of SSH, or a known host.
 */
export function isRemote(text: string): boolean {
  return (
    /^[a-z][-+.a-z0-9]*:\/\//i.test(text) ||
    /^(?:git::|gh:|oci:)/i.test(text) ||
    /^[-\w.]+@[-\w.]+:/.test(text) ||
    /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|dev\.azure\.com|ssh\.dev\.azure\.com)[/:]/i.test(text) ||
    /(?:\.git|_git\/[^/]+)(?:\/|\?|$)/.test(text) ||
    /[?&](?:ref|version)=/.test(text)
  )
}

/** A URL as it may be shown: without the user and password in it. */
export function withoutCredentials(text: string): string {
  return text.replace(/(\/\/)[^/@\s]*@/, '$1').replace(/([?&](?:sshkey|token|password)=)[^&]*/gi, '$1***')
}
