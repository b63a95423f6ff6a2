import type { OutgoingHttpHeaders } from 'node:http2'
import type { Cluster } from './cluster.ts'
import type { ResourceType } from './discovery.ts'
import { classifyAnswer, type FailedAnswer } from './classify-answer.ts'
import { connectionError } from './connection-error.ts'
import { cancelStream, lostError, startStream } from './exchange.ts'
import { parseJson, stringifyJson } from '@plimsoll/domain'
import { KubernetesError } from './kubernetes-error.ts'
import type { KubernetesObject } from '@plimsoll/domain'
import { metadataOnlyAccept } from './list.ts'
import { apiVersionOf, collectionPath, queryOf } from './path-of.ts'
import { headersOf } from './request.ts'
import type { ApiRequest } from './request.ts'
import type { Session } from './session.ts'
import { splitLines } from './split-lines.ts'

export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubernetesObject
}

export type WatchOptions = {
  readonly resourceVersion: string
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly metadataOnly?: boolean | undefined
  /** The server sends bookmarks about once a minute; a watch that is silent for longer is taken for dead. */
  readonly silenceMs: number
  /** How long the server keeps the watch before it ends it in peace. */
  readonly lifetimeSeconds: number
  readonly signal: AbortSignal
}

/**
 * One watch request, until the server ends it. Throws KubernetesError: `expired` when the resourceVersion is too old,
 * `bad-answer` for a line that is no event, `unavailable` when the connection is lost or silent.
 */
export async function* watch(cluster: Cluster, type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { connection } = cluster
  try {
    const headers = await headersOf(connection, watchRequest(type, options))
    using lease = await connection.lease(options.signal)
    for await (const line of splitLines(
      readAnswer(lease.session, headers, { ...options, account: connection.account }),
    ))
      yield eventOf(line, type)
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason
    connection.closing.throwIfAborted()
    throw connectionError(error, connection.server.origin)
  }
}

function watchRequest(type: ResourceType, options: WatchOptions): ApiRequest {
  const query = queryOf({
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: options.resourceVersion,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    timeoutSeconds: options.lifetimeSeconds,
  })
  return {
    method: 'GET',
    path: collectionPath(type, options.namespace) + query,
    ...(options.metadataOnly ? { accept: metadataOnlyAccept.one } : {}),
  }
}

async function* readAnswer(
  session: Session,
  headers: OutgoingHttpHeaders,
  { signal, silenceMs, account }: WatchOptions & Pick<FailedAnswer, 'account'>,
): AsyncGenerator<Buffer> {
  const stream = startStream(session, headers, undefined, signal)
  let status = 0
  let retryAfter: string | undefined
  let failure: Error | undefined
  const end = (reason: Error): void => {
    failure ??= reason
    cancelStream(stream)
  }
  const abort = (): void => end(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  stream.on('response', (received) => {
    status = received[':status'] ?? 0
    retryAfter = received['retry-after']
  })
  stream.on('error', (error) => {
    failure ??= error
  })
  const refusal: Buffer[] = []
  const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const silence = setTimeout(() => end(new Error(`a watch was silent for ${silenceMs} ms`)), silenceMs)
      const { done, value } = await chunks.next().finally(() => clearTimeout(silence))
      if (done) break
      if (status === 200) yield value
      else refusal.push(value)
    }
    if (failure || stream.rstCode || status === 0) throw failure ?? lostError(stream, undefined)
  } catch (error) {
    throw failure ?? error
  } finally {
    signal.removeEventListener('abort', abort)
    cancelStream(stream)
  }
  if (status !== 200)
    throw classifyAnswer({ status, retryAfter, body: Buffer.concat(refusal).toString('utf8'), account })
}

function eventOf(line: string, type: ResourceType): WatchEvent {
  const event = parseEvent(line)
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type: event.type, object: { ...event.object, apiVersion: apiVersionOf(type), kind: type.kind } }
    case 'ERROR': {
      const { code } = event.object as unknown as { readonly code?: number }
      throw classifyAnswer({ status: code ?? 500, retryAfter: undefined, body: stringifyJson(event.object) })
    }
    default: {
      // The line itself stays out of the message, and so does the parser's error that quotes it: it may be of a Secret.
      const message = `a watch of ${type.resource} brought a line that is no event`
      throw new KubernetesError({ kind: 'bad-answer', message, retryable: true, status: 200 })
    }
  }
}

function parseEvent(line: string): { readonly type: string; readonly object: KubernetesObject } | undefined {
  try {
    const event = parseJson(line) as { type: string; object: KubernetesObject } | null
    return typeof event?.object === 'object' && event.object !== null ? event : undefined
  } catch {
    return undefined
  }
}
