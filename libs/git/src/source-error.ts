import type { SourceFailureKind } from '@plimsoll/domain'
import { printable } from './printable.ts'
import type { Remote } from './remote.ts'

/** What the domain knows a source to fail by, but for what is seen before anyone asks the remote. */
export type SourceErrorKind = Exclude<SourceFailureKind, 'invalid-url'>

const passesByItself: ReadonlySet<SourceErrorKind> = new Set(['unreachable', 'throttled', 'timeout'])

export type SourceErrorDetail = {
  readonly because: string
  readonly remedy: string
  /** Whether the same request may pass later with nothing changed on our side; by default a matter of the kind. */
  readonly retryable?: boolean
  /** How long the server asked us to stay away. */
  readonly retryAfterMs?: number
}

/** A remote could not be read. The message says what, where, because and try, and never holds a credential. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly kind: SourceErrorKind
  readonly retryable: boolean
  readonly retryAfterMs?: number

  constructor(remote: Remote, kind: SourceErrorKind, detail: SourceErrorDetail) {
    const message = `cannot read ${remote.reading ?? `branch ${remote.branch}`} of ${remote.url}: ${detail.because}; ${detail.remedy}`
    super(redact(printable(message), remote))
    this.kind = kind
    this.retryable = detail.retryable ?? passesByItself.has(kind)
    if (detail.retryAfterMs !== undefined) this.retryAfterMs = detail.retryAfterMs
  }
}

/** Text that came from a server, made fit for one line of a message. */
export function quoteServer(text: string): string {
  const line = printable(text).replace(/\s+/g, ' ')
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** Takes every form of the remote's own secrets, and any userinfo of a URL, out of a text. */
export function redact(text: string, remote: Remote): string {
  const masked = secretsOf(remote).reduce((result, secret) => result.replaceAll(secret, '***'), text)
  return masked.replace(/(\w+:\/\/)[^\s/@]*:[^\s/]*@/g, '$1***@').replace(/\b(Basic|Bearer) [\w+/=.~-]{4,}/gi, '$1 ***')
}

function secretsOf({ credentials, proxy }: Remote): string[] {
  const plain: string[] = []
  if (credentials?.type === 'token') plain.push(credentials.token)
  if (credentials?.type === 'userpass') plain.push(credentials.password)
  if (credentials?.type === 'ssh') plain.push(credentials.ssh_key, credentials.passphrase ?? '')
  if (proxy !== undefined && URL.canParse(proxy)) plain.push(decodeURIComponent(new URL(proxy).password))
  const basic = basicAuthorization(credentials)?.slice('Basic '.length) ?? ''
  return [...plain, basic]
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret.length > 2)
    .toSorted((a, b) => b.length - a.length)
}

/** The Authorization header of a credential that HTTP can carry. `username` is the one of the URL, if it has one. */
export function basicAuthorization(credentials: Remote['credentials'], username?: string): string | undefined {
  if (credentials === undefined || credentials.type === 'ssh') return undefined
  const pair =
    credentials.type === 'userpass'
      ? `${credentials.username}:${credentials.password}`
      : `${credentials.username ?? username ?? 'x-access-token'}:${credentials.token}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
