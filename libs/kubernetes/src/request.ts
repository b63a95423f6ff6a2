import { setTimeout as delay } from 'node:timers/promises'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import { classifyAnswer } from './classify-answer.ts'
import type { Connection } from './connection.ts'
import { connectionError } from './connection-error.ts'
import { exchange, StreamLostError } from './exchange.ts'
import type { Exchanged } from './exchange.ts'
import { KubernetesError } from './kubernetes-error.ts'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path with query, below the server's own path. */
  readonly path: string
  readonly body?: string | undefined
  readonly contentType?: string
  readonly accept?: string
  readonly etag?: string | undefined
  readonly ref?: ObjectRef
  /** The object in the body: its Secret values are kept out of errors. */
  readonly sent?: KubernetesObject
  /** JSON pointers of more that is kept out of errors. */
  readonly sensitive?: readonly string[]
  readonly signal?: AbortSignal | undefined
  /** The cluster's `requestTimeoutMs` by default. */
  readonly timeoutMs?: number | undefined
}

export type ApiAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const refusals = 3
const defaultRetryAfterMs = 1000
const herdSpreadMs = 250

/**
 * Sends one request. It is sent again only where the server has surely not acted on it: a refused stream, 429 (after
 * the time that the server asks for, within the time-out), and once after 401 with renewed credentials.
 */
export async function request(connection: Connection, asked: ApiRequest): Promise<ApiAnswer> {
  const timeoutMs = asked.timeoutMs ?? connection.requestTimeoutMs
  const deadline = performance.now() + timeoutMs
  let refused = 0
  let renewed = false
  for (;;) {
    await passThrottle(connection, asked, deadline)
    const answer = await exchangeOnce(connection, asked, deadline, timeoutMs).catch((error: unknown) => {
      if (error instanceof StreamLostError && error.refused && ++refused <= refusals) return undefined
      throw describe(error, connection, asked)
    })
    if (answer === undefined) continue
    if (answer.status < 400) return answer
    const error = classifyAnswer({ ...answer, retryAfter: retryAfterOf(answer), account: connection.account }, asked)
    if (error.kind === 'throttled') {
      await holdBack(connection, asked, deadline, error)
    } else if (error.kind === 'unauthorized' && !renewed) {
      renewed = true
      connection.credentials.renew()
    } else throw error
  }
}

// One kind's storage that is still starting is no reason to hold back the others.
async function holdBack(
  connection: Connection,
  asked: ApiRequest,
  deadline: number,
  error: KubernetesError,
): Promise<void> {
  const pauseMs = error.retryAfterMs ?? defaultRetryAfterMs
  if (!/\binitializing\b/.test(error.message)) return connection.throttle.closeFor(pauseMs)
  if (performance.now() + pauseMs > deadline) throw error
  await pause(pauseMs, asked.signal)
}

async function passThrottle(connection: Connection, { ref, signal }: ApiRequest, deadline: number): Promise<void> {
  for (let rest = connection.throttle.remainingMs(); rest > 0; rest = connection.throttle.remainingMs()) {
    if (performance.now() + rest > deadline) {
      const message = `the API server asks for a pause of ${Math.ceil(rest)} ms`
      throw new KubernetesError({ kind: 'throttled', message, retryable: true, status: 429, retryAfterMs: rest, ref })
    }
    // Those who waited together must not come back together.
    await pause(rest + Math.random() * herdSpreadMs, signal)
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error
  })
}

async function exchangeOnce(
  connection: Connection,
  asked: ApiRequest,
  deadline: number,
  timeoutMs: number,
): Promise<Exchanged> {
  asked.signal?.throwIfAborted()
  const headers = await headersOf(connection, asked)
  using _waiting = connection.pulse.wait()
  using lease = await connection.lease(asked.signal)
  const rest = Math.max(1, Math.min(timeoutMs, Math.ceil(deadline - performance.now())))
  const answer = await exchange(lease.session, headers, asked.body, { signal: asked.signal, timeoutMs: rest })
  connection.pulse.beat()
  return answer
}

export async function headersOf(connection: Connection, asked: ApiRequest): Promise<OutgoingHttpHeaders> {
  return {
    ':method': asked.method,
    ':path': connection.server.pathname.replace(/\/$/, '') + asked.path,
    accept: asked.accept ?? 'application/json',
    'user-agent': 'plimsoll',
    ...(asked.body === undefined
      ? {}
      : { 'content-type': asked.contentType ?? 'application/json', 'content-length': Buffer.byteLength(asked.body) }),
    ...(asked.etag ? { 'if-none-match': asked.etag } : {}),
    ...(await connection.credentials.headers()),
  }
}

function describe(error: unknown, { server, closing }: Connection, { ref, signal }: ApiRequest): unknown {
  if (signal?.aborted && error === signal.reason) return error
  if (closing.aborted) return closing.reason
  const described = connectionError(error, server.origin, ref)
  if (!(described instanceof KubernetesError) || described.ref || !ref) return described
  const { kind, message, retryable, status, reason, cause } = described
  return new KubernetesError({ kind, message, retryable, status, reason, ref, cause })
}

function retryAfterOf({ headers }: Exchanged): string | undefined {
  const value = headers['retry-after']
  return typeof value === 'string' ? value : undefined
}
