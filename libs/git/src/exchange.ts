import { openChannelTransport } from './channel-transport.ts'
import { classify } from './classify.ts'
import { parseRemoteUrl } from './parse-remote-url.ts'
import type { Remote } from './remote.ts'
import { SourceError } from './source-error.ts'
import type { Transport, TransportContext, TransportLimits } from './transport.ts'

/** A transport in use. */
export type Exchange = Pick<Transport, 'http' | 'url' | 'protocolVersion'> & {
  /** Aborts at the deadline and when the caller gives up. */
  readonly signal: AbortSignal
  /** Keeps the first failure: isomorphic-git swallows what breaks in the middle of a body. */
  readonly fail: (error: unknown) => Error
  /** Throws the failure that was kept. */
  throwIfFailed(): void
}

export type ExchangeOptions = TransportLimits & { readonly signal?: AbortSignal }

/** Opens the transport that the remote's URL asks for, runs `work` over it, and turns every failure into a SourceError. */
export async function exchange<T>(
  remote: Remote,
  options: ExchangeOptions,
  work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  let first: Error | undefined
  const fail = (error: unknown) => (first ??= classify(remote, error))
  const throwIfFailed = () => {
    if (first !== undefined) throw first
  }
  try {
    await using transport = await openTransport({ remote, limits: options, signal, fail })
    const result = await abortable(work({ ...transport, signal, fail, throwIfFailed }), signal)
    throwIfFailed()
    return result
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason
    if (deadline.aborted) throw timedOut(remote, options.timeoutMs)
    throw fail(error)
  }
}

async function openTransport(context: TransportContext): Promise<Transport> {
  const parsed = parseRemoteUrl(context.remote.url, { allowFile: context.remote.allowFile ?? false })
  if (parsed.transport !== 'http') return openChannelTransport(context, parsed)
  // Loaded by who needs it: who only reads trees has no use for an HTTP client.
  const { openHttpTransport } = await import('./http-transport.ts')
  return openHttpTransport(context, parsed)
}

/** isomorphic-git has no signal of its own: whoever waits for it is let go, and the transport is closed under it. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    if (signal.aborted) onAbort()
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => undefined)
  }
}

function timedOut(remote: Remote, timeoutMs: number): SourceError {
  return new SourceError(remote, 'timeout', {
    because: `the server did not finish its answer within ${timeoutMs} ms`,
    remedy: 'check the server and the network, or allow more time',
  })
}
