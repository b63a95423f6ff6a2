export type ParsedUrl =
  | {
      readonly transport: 'http'
      /** Without userinfo and trailing slashes. */
      readonly url: string
      readonly username?: string
    }
  | {
      readonly transport: 'ssh'
      /** As `ssh://user@host:port/path`, whatever form it was given in. */
      readonly url: string
      readonly host: string
      readonly port: number
      readonly username: string
      readonly path: string
    }
  | { readonly transport: 'file'; readonly url: string; readonly path: string }

/** The text is no Git URL that Plimsoll would open. */
export class InvalidRemoteUrlError extends Error {
  override readonly name = 'InvalidRemoteUrlError'
}

const longest = 2048
const scpLike = /^(?:([\w.-]+)@)?(\[[0-9a-fA-F:.]+\]|[\w.-]+):(?!\/\/|:)(.+)$/
const safeHost = /^(?:[a-zA-Z0-9_](?:[\w.-]*[\w.])?|\[[0-9a-fA-F:.]+\])$/
const safeUser = /^[a-zA-Z0-9_](?:[\w.@+-]*[\w.])?$/

/**
 * Reads a Git URL: http, https, ssh, scp-like `git@host:path`, and file (or an absolute path) if `allowFile`.
 * Throws InvalidRemoteUrlError for everything else; the message never repeats a password.
 */
export function parseRemoteUrl(url: string, { allowFile = false }: { readonly allowFile?: boolean } = {}): ParsedUrl {
  if (url === '') throw refuse('it is empty', 'give an https:// or ssh:// URL')
  if (Buffer.byteLength(url) > longest) throw refuse(`it is longer than ${longest} bytes`, 'give a shorter one')
  if (hasControlOrSpace(url.startsWith('/') ? url.replaceAll(' ', '') : url))
    throw refuse('it holds a control character or a space', 'percent-encode it')
  if (url.startsWith('-')) throw refuse('it begins with a dash and could be taken for an option', 'remove the dash')
  if (/^\w+::/.test(url)) throw refuse('remote helpers (`ext::` and the like) run commands', 'use https:// or ssh://')
  const scheme = /^([a-zA-Z][\w+.-]*):\/\//.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return parseWithoutScheme(url, allowFile)
  if (scheme === 'http' || scheme === 'https') return parseHttp(url)
  if (scheme === 'ssh' || scheme === 'git+ssh' || scheme === 'ssh+git') return parseSsh(url)
  if (scheme === 'file') return parseFile(url, allowFile)
  throw refuse(`the scheme \`${scheme}\` is not supported`, 'use https://, http:// or ssh://')
}

function parseWithoutScheme(url: string, allowFile: boolean): ParsedUrl {
  if (url.startsWith('/')) return parseFile(url, allowFile)
  const [, username = 'git', host, path] = scpLike.exec(url) ?? []
  if (host === undefined || path === undefined)
    throw refuse('it has no scheme and is not of the form git@host:path', 'begin it with https:// or ssh://')
  return ssh(username, host, 22, path)
}

function parseHttp(text: string): ParsedUrl {
  const url = toUrl(text)
  if (url.password !== '') throw refuse('it carries a password', 'take it out of the URL and give it as credentials')
  if (url.search !== '' || url.hash !== '') throw refuse('it has a query or a fragment', 'remove what follows the path')
  refuseTraversal(url.pathname)
  const username = decodeURIComponent(url.username)
  url.username = ''
  const clean = url.href.replace(/\/+$/, '')
  return username === '' ? { transport: 'http', url: clean } : { transport: 'http', url: clean, username }
}

function parseSsh(text: string): ParsedUrl {
  const url = toUrl(text)
  if (url.password !== '')
    throw refuse('it carries a password', 'take it out of the URL and give an SSH key as credentials')
  if (url.search !== '' || url.hash !== '') throw refuse('it has a query or a fragment', 'remove what follows the path')
  const path = decodeURIComponent(url.pathname)
  return ssh(decodeURIComponent(url.username) || 'git', url.hostname, Number(url.port || 22), path)
}

function ssh(username: string, host: string, port: number, path: string): ParsedUrl {
  if (!safeHost.test(host)) throw refuse('its host is not a host name', 'give the name or address of the server')
  if (!safeUser.test(username)) throw refuse('its user name is not one', 'give a plain user name, often `git`')
  if (path === '' || path === '/') throw refuse('it has no path', 'add the path of the repository')
  if (path.startsWith('-')) throw refuse('its path begins with a dash', 'begin it with `./`')
  if (hasControlOrSpace(path.replaceAll(' ', ''))) throw refuse('its path holds a control character', 'remove it')
  refuseTraversal(path)
  // ssh://host/~user/x means the path ~user/x, as Git reads it.
  const remotePath = path.startsWith('/~') ? path.slice(1) : path
  const shown = remotePath.startsWith('/') ? remotePath : `/${remotePath}`
  const bare = host.replace(/^\[|\]$/g, '')
  const url = `ssh://${username}@${host}${port === 22 ? '' : `:${port}`}${shown}`
  return { transport: 'ssh', url, host: bare, port, username, path: remotePath }
}

function parseFile(text: string, allowFile: boolean): ParsedUrl {
  if (!allowFile)
    throw refuse('a local folder may be a remote only in `plimsoll up`', 'serve the repository over https:// or ssh://')
  if (text.startsWith('/')) return { transport: 'file', url: text, path: text }
  const url = toUrl(text)
  if (url.hostname !== '') throw refuse('it names a host', 'use file:///path')
  return { transport: 'file', url: url.href, path: decodeURIComponent(url.pathname) }
}

function refuseTraversal(path: string): void {
  if (/(?:^|\/)(?:\.|%2e){2}(?:\/|$)|%2f|%5c|%00/i.test(path))
    throw refuse('its path climbs with `..` or hides a slash', 'give the plain path of the repository')
}

function toUrl(text: string): URL {
  try {
    const url = new URL(text)
    decodeURIComponent(url.username + url.pathname)
    // The parser resolves `..` silently; what the user wrote is what is judged.
    refuseTraversal(text.replace(/^[^:]+:\/\/[^/]*/, ''))
    return url
  } catch (error) {
    if (error instanceof InvalidRemoteUrlError) throw error
    throw refuse('it is malformed', 'give it as https://host/owner/name.git')
  }
}

function hasControlOrSpace(text: string): boolean {
  return /[\p{Cc}\p{Z}\p{Cf}]/u.test(text)
}

function refuse(because: string, remedy: string): InvalidRemoteUrlError {
  return new InvalidRemoteUrlError(`the repository URL is refused: ${because}; ${remedy}`)
}
