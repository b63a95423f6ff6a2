import { constants } from 'node:http2'
import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from 'node:http2'
import { KubernetesError } from './kubernetes-error.ts'
import type { Session } from './session.ts'

export type Exchanged = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The stream ended before a whole answer came. `refused` means that the server has surely not looked at the request. */
export class StreamLostError extends Error {
  override readonly name = 'StreamLostError'
  readonly refused: boolean

  constructor(message: string, refused: boolean, options?: ErrorOptions) {
    super(message, options)
    this.refused = refused
  }
}

/** One request and its whole answer over a session. Rejects with the signal's reason when that aborts. */
export function exchange(
  session: Session,
  headers: OutgoingHttpHeaders,
  body: string | undefined,
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<Exchanged> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchanged>()
  const stream = startStream(session, headers, body, signal)
  const chunks: Buffer[] = []
  let answer: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined
  let failure: Error | undefined

  const cancel = (reason: Error): void => {
    reject(reason)
    cancelStream(stream)
  }
  const timer = setTimeout(() => cancel(timeoutError(timeoutMs)), timeoutMs)
  const abort = (): void => cancel(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })

  stream.on('response', (received) => {
    answer = received
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', (error) => {
    failure = error
  })
  stream.on('close', () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    if (answer === undefined || failure || stream.rstCode !== constants.NGHTTP2_NO_ERROR)
      reject(lostError(stream, failure))
    else resolve({ status: answer[':status'] ?? 0, headers: answer, body: Buffer.concat(chunks).toString('utf8') })
  })
  return promise
}

export function startStream(
  session: Session,
  headers: OutgoingHttpHeaders,
  body: string | undefined,
  signal: AbortSignal | undefined,
): ClientHttp2Stream {
  // An abort before this moment would never reach the listener that comes after it.
  signal?.throwIfAborted()
  const { http2 } = session
  if (http2.closed || http2.destroyed) throw new StreamLostError('the connection is closed', true)
  const stream = http2.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  return stream
}

/** Tells the server to stop, and lets no reader of the stream wait: `close` alone leaves an iterator hanging. */
export function cancelStream(stream: ClientHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL)
  stream.destroy()
}

export function lostError(stream: ClientHttp2Stream, cause: Error | undefined): StreamLostError {
  const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
  return new StreamLostError(cause?.message ?? 'the connection was lost before the answer was complete', refused, {
    cause,
  })
}

function timeoutError(timeoutMs: number): KubernetesError {
  const message = `the API server did not answer within ${timeoutMs} ms`
  return new KubernetesError({ kind: 'timeout', message, retryable: true })
}
