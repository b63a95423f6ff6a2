import type { Remote } from './remote.ts'
import { SourceError } from './source-error.ts'

/**
 * The new base URL after a redirect of `from`, which is the base plus `suffix`. Throws SourceError when the answer leads
 * to another host or port, or from https to http: the credential would follow it.
 */
export function followRedirect(remote: Remote, from: URL, location: string, suffix: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (to === undefined || !staysHome(from, to)) throw refused(remote, to)
  const path = to.pathname + to.search
  if (!path.endsWith(suffix))
    throw new SourceError(remote, 'protocol', {
      because: `the server redirects to ${to.origin}${to.pathname}, which is no Git address`,
      remedy: 'register the final URL; a login page answers like this when credentials are missing',
    })
  return new URL(path.slice(0, path.length - suffix.length), to.origin)
}

function staysHome(from: URL, to: URL): boolean {
  if (to.username !== '' || to.password !== '') return false
  if (from.origin === to.origin) return true
  const upgrade = from.protocol === 'http:' && to.protocol === 'https:'
  return upgrade && from.hostname === to.hostname && from.port === '' && to.port === ''
}

function refused(remote: Remote, to: URL | undefined): SourceError {
  return new SourceError(remote, 'protocol', {
    because: `the server redirects to another place (${to?.origin ?? 'an address that is none'}), where the credential must not go`,
    remedy: 'register the final URL if you trust it',
  })
}
