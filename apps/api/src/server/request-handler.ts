import { constants, Http2ServerResponse } from 'node:http2'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { DescMethod } from '@bufbuild/protobuf'
import { authenticate } from '../rpc/authenticate.ts'
import { toConnectError } from '../rpc/connect-error.ts'
import { routes, services } from '../rpc/routes.ts'
import type { Dependencies } from '../dependencies.ts'
import { webhook } from '../webhook/webhook.ts'
import type { RequestHandler } from './open-port.ts'

const limits = { requestBytes: 4 * 1024 * 1024, answerBytes: 256 * 1024 * 1024, deadlineMs: 24 * 3_600_000 }

export type HandlerOptions = {
  readonly shutdown: AbortSignal
  /** A reader of a stream that takes nothing for so long, in milliseconds, is cut. */
  readonly stallMs: number
}

/** Serves gRPC, gRPC-web and Connect (JSON), and the webhooks beside them. */
export function requestHandler(dependencies: Dependencies, options: HandlerOptions): RequestHandler {
  const { shutdown, stallMs } = options
  const gate = authenticate(dependencies)
  const rpc = connectNodeAdapter({
    routes: routes(dependencies),
    requestGate: async (context) => {
      try {
        await gate(context)
      } catch (error) {
        throw toConnectError(error, dependencies.logger)
      }
    },
    readMaxBytes: limits.requestBytes,
    writeMaxBytes: limits.answerBytes,
    maxTimeoutMs: limits.deadlineMs,
    shutdownSignal: shutdown,
    // Names as in the .proto files; what is zero or false is said, too; a field that does not exist is told.
    jsonOptions: { useProtoFieldName: true, alwaysEmitImplicit: true, ignoreUnknownFields: false },
  })
  const receive = webhook(dependencies)
  return (request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    if (path === '/webhook' || path.startsWith('/webhook/')) return receive(path, request, response)
    if (streams.has(path)) response.setTimeout(stallMs, () => cut(response))
    return rpc(request, response)
  }
}

const streams = new Set(
  services
    .flatMap(({ methods }): DescMethod[] => [...methods])
    .filter(({ methodKind }) => methodKind === 'server_streaming')
    .map(({ parent, name }) => `/${parent.typeName}/${name}`),
)

/** With the data that the reader has not taken: it knows from the last token or position that it got where to go on. */
function cut(response: Parameters<RequestHandler>[1]): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_CANCEL)
  else response.destroy()
}
