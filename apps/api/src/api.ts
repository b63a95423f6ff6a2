import { Code, ConnectError } from '@connectrpc/connect'
import type { ServiceContext } from '@plimsoll/service'
import type { Dependencies } from './dependencies.ts'
import { listenToStream } from './listen-to-stream.ts'
import { openPort } from './server/open-port.ts'
import { requestHandler } from './server/request-handler.ts'
import { openChanges } from './wait/changes.ts'

export { ensureToken } from './ensure-token.ts'

export type ApiOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default 0: any free one. */
  readonly port?: number | undefined
  /** Whether a folder of this machine may be a remote. Default false. */
  readonly allowFileRemotes?: boolean | undefined
  /** Whether a registered cluster may be at an address of this machine. Default false. */
  readonly allowLoopbackClusters?: boolean | undefined
  /** The secret of webhooks to `/webhook`, and to repositories without one of their own. */
  readonly webhookSecret?: string | undefined
  /** A reader of a stream that takes nothing for so long is cut; bookmarks come every 5 s. Default 60,000. */
  readonly stallMs?: number | undefined
}

export type Api = AsyncDisposable & {
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
}

const version = '0.1.0'

/**
 * Serves `plimsoll.v1`: gRPC, gRPC-web and JSON on one port, and `POST /webhook`. Disposing ends the streams with UNAVAILABLE
 * and lets short calls come to their end.
 */
export async function startApi(context: ServiceContext, options: ApiOptions = {}): Promise<Api> {
  const {
    host = '127.0.0.1',
    port = 0,
    allowFileRemotes = false,
    allowLoopbackClusters = false,
    webhookSecret,
    stallMs = 60_000,
  } = options
  const changes = openChanges()
  const dependencies: Dependencies = {
    ...context,
    allowFileRemotes,
    allowLoopbackClusters,
    webhookSecret,
    version,
    changes,
  }
  const shutdown = new AbortController()
  await using stack = new AsyncDisposableStack()
  stack.use(listenToStream(context, changes))
  const open = stack.use(
    await openPort(requestHandler(dependencies, { shutdown: shutdown.signal, stallMs }), { host, port }),
  )
  stack.defer(() => shutdown.abort(new ConnectError('the api stops: ask again in a moment', Code.Unavailable)))
  const parts = stack.move()
  return {
    port: open.port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${open.port}`,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
