import type { HttpClient } from 'isomorphic-git'
import { openChannelTransport } from './channel-transport.ts'
import { openHttpTransport } from './http-transport.ts'
import { InvalidRemoteUrlError, parseRemoteUrl } from './parse-remote-url.ts'
import type { Remote } from './remote.ts'
import { quoteServer, SourceError } from './source-error.ts'

/** A way to one remote for the length of one operation, in the shape that isomorphic-git asks for. */
export type Transport = AsyncDisposable & {
  readonly http: HttpClient
  /** Always http(s): isomorphic-git knows no other. For SSH and files the host is only a name. */
  readonly url: string
  readonly protocolVersion: 1 | 2
}

export type TransportLimits = {
  /** Ends the whole operation, not only one silence. */
  readonly timeoutMs: number
  /** Cap on what one answer may hold, in bytes. */
  readonly maxBytes: number
}

/** What a transport needs to work and to fail well. */
export type TransportContext = {
  readonly remote: Remote
  readonly limits: TransportLimits
  /** Aborts at the deadline and when the caller gives up. */
  readonly signal: AbortSignal
  /** Keeps the first failure, and returns it to be thrown: isomorphic-git swallows what breaks in the middle of a body. */
  fail(error: SourceError): SourceError
}

export type ExchangeOptions = TransportLimits & { readonly signal?: AbortSignal }

/** Opens the transport that the remote's URL asks for, runs `work` over it, and turns every failure into a SourceError. */
export async function exchange<T>(
  remote: Remote,
  options: ExchangeOptions,
  work: (transport: Transport) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  let first: SourceError | undefined
  const context = { remote, limits: options, signal, fail: (error: SourceError) => (first ??= error) }
  const settle = (error: unknown): unknown => {
    if (options.signal?.aborted) return options.signal.reason
    if (deadline.aborted) return timedOut(remote, options.timeoutMs)
    return first ?? classify(remote, error)
  }
  try {
    await using transport = openTransport(context)
    const result = await abortable(work(transport), signal)
    if (first !== undefined) throw first
    return result
  } catch (error) {
    throw settle(error)
  }
}

function openTransport(context: TransportContext): Transport {
  const parsed = parseRemoteUrl(context.remote.url, { allowFile: context.remote.allowFile ?? false })
  return parsed.transport === 'http' ? openHttpTransport(context, parsed) : openChannelTransport(context, parsed)
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

function classify(remote: Remote, error: unknown): unknown {
  if (error instanceof SourceError || error instanceof InvalidRemoteUrlError) return error
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  if (code === 'NotFoundError') return branchMissing(remote)
  return new SourceError(remote, 'protocol', {
    because: `the server's answer is not Git's protocol (${quoteServer(error.message)})`,
    remedy: 'check that the URL is the one that `git clone` takes, and that no login page stands before it',
  })
}

export function branchMissing(remote: Remote): SourceError {
  return new SourceError(remote, 'branch-missing', {
    because: 'the remote has no such branch',
    remedy: 'push it, or name another one (`git ls-remote --heads URL` lists them)',
  })
}
