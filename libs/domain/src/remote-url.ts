const longest = 2_048
const scpLike = /^(?:[a-zA-Z0-9_][\w.+-]*@)?(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9_][\w.-]*):(?!\/\/|:)([^-].*)$/
const sshSchemes = ['ssh', 'git+ssh', 'ssh+git']

/**
 * Why the text is no URL of a remote that Plimsoll opens, as the end of a sentence; undefined if it is one.
 * `allowFile`: whether a folder of this machine may be a remote. The answer never repeats what could be a password.
 */
export function remoteUrlProblem(url: string, options: { readonly allowFile: boolean }): string | undefined {
  const unsafe = unsafeText(url)
  if (unsafe !== undefined) return unsafe
  if (/^\w+::/.test(url)) return 'names a remote helper, which runs commands: use https:// or ssh://'
  const scheme = schemeOf(url)
  if (scheme === 'file' || url.startsWith('/'))
    return options.allowFile ? climbs(url) : 'is a local folder, which only an embedded installation reads'
  if (scheme === undefined) {
    const path = scpLike.exec(url)?.[2]
    return path === undefined ? 'has no scheme and is not of the form git@host:path' : climbs(path)
  }
  if (scheme !== 'http' && scheme !== 'https' && !sshSchemes.includes(scheme))
    return `has the scheme ${scheme}: use https://, http:// or ssh://`
  return webUrlProblem(url) ?? pathProblem(url)
}

/** Why the text is no URL of a proxy; undefined if it is one. */
export function proxyUrlProblem(url: string): string | undefined {
  const unsafe = unsafeText(url)
  if (unsafe !== undefined) return unsafe
  const scheme = schemeOf(url)
  if (scheme !== 'http' && scheme !== 'https') return 'is no http:// or https:// URL'
  return webUrlProblem(url)
}

/**
 * What is the same for every way to reach one repository: host and path, without scheme, user, port and `.git`.
 * undefined for a text that is no URL.
 */
export function remoteKey(url: string): string | undefined {
  const scheme = schemeOf(url)
  if (scheme === undefined && !url.startsWith('/')) {
    const [, host, path] = scpLike.exec(url) ?? []
    return host === undefined || path === undefined ? undefined : keyOf(host, path)
  }
  const parsed = URL.parse(url.startsWith('/') ? `file://${url}` : url)
  return parsed === null ? undefined : keyOf(parsed.hostname, parsed.pathname)
}

function keyOf(host: string, path: string): string {
  const plain = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '')
  return `${host.toLowerCase()}/${plain}`
}

function schemeOf(url: string): string | undefined {
  return /^([a-zA-Z][\w+.-]*):\/\//.exec(url)?.[1]?.toLowerCase()
}

function unsafeText(url: string): string | undefined {
  if (url === '') return 'is missing'
  if (url.length > longest) return `is longer than ${longest} characters`
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff"'`<>\\]/.test(url))
    return 'holds a space, a quote or a control character: percent-encode it'
  return url.startsWith('-') ? 'begins with a dash and could be taken for an option' : undefined
}

function webUrlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || url.hostname === '') return 'is malformed: write https://host/owner/name.git'
  if (url.password !== '') return 'carries a password: take it out and give it as credentials'
  // Forges take a token for the user name, too; only ssh has a user that is no secret.
  if (url.username !== '' && url.protocol.startsWith('http'))
    return 'carries a user name, which may be a token: take it out and give it as credentials'
  return url.hostname.startsWith('-') ? 'has a host that begins with a dash' : undefined
}

function pathProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || url.pathname === '' || url.pathname === '/') return 'has no path: add the one of the repository'
  if (url.search !== '' || url.hash !== '') return 'has a query or a fragment: remove what follows the path'
  if (url.pathname.startsWith('/-')) return 'has a path that begins with a dash'
  // The parser resolves `..` silently: what was written is what is judged.
  return climbs(text.slice(text.indexOf('://') + 3))
}

function climbs(path: string): string | undefined {
  return /(?:^|\/)(?:\.|%2e){2}(?:\/|$)|%2f|%5c|%00/i.test(path)
    ? 'has a path that climbs with `..` or hides a slash'
    : undefined
}
