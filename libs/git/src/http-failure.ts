import type { Dispatcher } from 'undici'
import type { Remote } from './remote.ts'
import { quoteServer, SourceError } from './source-error.ts'
import type { TransportContext } from './transport.ts'

const tlsCode =
  /^(ERR_TLS|ERR_SSL|CERT_|EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/
const longestPauseMs = 60 * 60_000

/** What a broken connection means. */
export function httpFailure({ remote }: TransportContext, error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const { code, message } = innermost(error)
  if (tlsCode.test(code))
    return new SourceError(remote, 'tls', {
      because: `its certificate is not trusted (${code})`,
      remedy: 'renew the certificate, or register the repository with the CA that signed it',
    })
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new SourceError(remote, 'timeout', {
      because: 'the server fell silent in the middle of its answer',
      remedy: 'check the server and the network',
    })
  return new SourceError(remote, 'unreachable', {
    because: `the connection failed (${quoteServer(code === '' ? message : code)})`,
    remedy: remote.proxy === undefined ? 'check the host, the port and the network' : 'check the proxy and the host',
  })
}

function innermost(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  if (error.cause instanceof Error) return innermost(error.cause)
  return { code: 'code' in error ? String(error.code) : '', message: error.message }
}

/** What an answer other than 200 means. Reads and drops its body. */
export async function httpRefusal(remote: Remote, response: Dispatcher.ResponseData): Promise<SourceError> {
  await response.body.dump({ limit: 65_536 }).catch(() => undefined)
  const { statusCode: status } = response
  const given = remote.credentials !== undefined && remote.credentials.type !== 'ssh'
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'])
  if (status === 429 || ((status === 503 || status === 403) && retryAfterMs !== undefined))
    return new SourceError(remote, 'throttled', {
      because: `the server asks us to come back later (${status})`,
      remedy: 'poll less often, or use a webhook',
      retryAfterMs: retryAfterMs ?? 60_000,
    })
  if (status === 401 || status === 403 || status === 203)
    return new SourceError(remote, 'auth-refused', {
      because: given ? `the server refuses the credentials (${status})` : `the server asks for credentials (${status})`,
      remedy: given
        ? 'check that the token is alive and may read this repository'
        : 'register the repository with a token, or a user and a password',
    })
  if (status === 404 || status === 410)
    return new SourceError(remote, 'not-found', {
      because: `the server knows no such repository (${status})`,
      remedy: given
        ? 'check the path, and that the credentials may see it'
        : 'check the path; a private repository answers like this without credentials',
    })
  if (status >= 500)
    return new SourceError(remote, 'unreachable', {
      because: `the server fails (${status})`,
      remedy: 'check its state; Plimsoll asks again by itself',
    })
  return new SourceError(remote, 'protocol', {
    because: `the server answers ${status}`,
    remedy: 'check that the URL is the one that `git clone` takes',
  })
}

/** Retry-After in seconds or as a date, in milliseconds; at most an hour, so that no server can silence a repository. */
export function parseRetryAfter(value: string | string[] | undefined, now = Date.now()): number | undefined {
  if (typeof value !== 'string') return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestPauseMs) : undefined
}
