import { createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect'
import { EventService, GitOpsService, SystemService } from '@plimsoll/proto'
import { ClosedError, InvalidRequestError } from '../errors.ts'
import { follow, type OpenStream } from './follow.ts'
import { fullPatience, type OnRetry, type Patience } from './patience.ts'
import { patientTransport } from './patient-transport.ts'

export type ConnectionOptions = {
  /** Where the api is, such as `http://127.0.0.1:7420`. */
  readonly url: string
  /** An access token; its name is the actor of whatever is done with it. */
  readonly token: string
  readonly patience?: Patience | undefined
  readonly onRetry?: OnRetry | undefined
}

/**
 * The services of `plimsoll.v1` as their generated clients, with the SDK's errors and tries. For what needs messages; the
 * verbs of `openPlimsoll` are made of it.
 */
export type Connection = AsyncDisposable & {
  readonly url: string
  readonly gitops: Client<typeof GitOpsService>
  readonly events: Client<typeof EventService>
  readonly system: Client<typeof SystemService>
  /** Items of a stream that is opened again when the server was away. @throws PlimsollError; the signal's reason */
  readonly follow: <T>(open: OpenStream<T>, signal?: AbortSignal) => AsyncGenerator<T, void, undefined>
}

/** What a kind of connection adds: how bytes get to the server. */
export type Carrier = {
  readonly transport: (options: { readonly baseUrl: string; readonly interceptors: Interceptor[] }) => Transport
  readonly close: () => void
}

/** @throws InvalidRequestError when the url is none of http or https */
export function connectionOver({ url, token, ...options }: ConnectionOptions, carrier: Carrier): Connection {
  const baseUrl = checkedUrl(url)
  const closing = new AbortController()
  const { onRetry = () => {} } = options
  const settings = { url: baseUrl, patience: fullPatience(options.patience), onRetry, closed: closing.signal }
  const transport = patientTransport(carrier.transport({ baseUrl, interceptors: [bearer(token)] }), settings)
  return {
    url: baseUrl,
    gitops: createClient(GitOpsService, transport),
    events: createClient(EventService, transport),
    system: createClient(SystemService, transport),
    follow: (open, signal) => follow(settings, open, signal),
    [Symbol.asyncDispose]() {
      closing.abort(new ClosedError())
      carrier.close()
      return Promise.resolve()
    },
  }
}

export function checkedUrl(url: string): string {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url.replace(/\/+$/, '')
  throw new InvalidRequestError('invalid_argument', [
    {
      what: 'The address of the server is not understood',
      where: 'url',
      because: `${JSON.stringify(url)} is no http:// or https:// URL`,
      try: 'Give the address that `plimsoll up` says.',
    },
  ])
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', `Bearer ${token}`)
    return next(request)
  }
}
