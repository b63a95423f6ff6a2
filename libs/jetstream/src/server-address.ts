export type ServerAddress = {
  readonly servers: string[]
  readonly user?: string
  readonly pass?: string
  readonly token?: string
  readonly tls?: Record<string, never>
}

/**
 * Reads `nats://user:password@host:port`, `tls://…`, or several of them separated by commas.
 * The client library does not look at the credentials of a URL, so they are taken out here; those of the first URL count for all.
 */
export function serverAddress(url: string): ServerAddress {
  const urls = url.split(',').map((part) => parse(part.trim()))
  const credentials = urls.find((part) => part.username !== '')
  return {
    servers: urls.map((part) => `${part.hostname}:${part.port === '' ? '4222' : part.port}`),
    ...(credentials !== undefined && credentialsOf(credentials)),
    ...(urls.some((part) => part.protocol === 'tls:') && { tls: {} }),
  }
}

function parse(text: string): URL {
  const withScheme = text.includes('://') ? text : `nats://${text}`
  const url = URL.parse(withScheme)
  // The text itself may hold a password, so the message does not repeat it.
  if (url === null || url.hostname === '')
    throw new TypeError('not a NATS address: expected nats://[user:password@]host[:port]')
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') {
    throw new TypeError(`not a NATS address: the scheme is ${url.protocol}//, expected nats:// or tls://`)
  }
  return url
}

function credentialsOf(url: URL): { user: string; pass: string } | { token: string } {
  const user = decodeURIComponent(url.username)
  return url.password === '' ? { token: user } : { user, pass: decodeURIComponent(url.password) }
}
