import { createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { checkedUrl, connectionOver, type Connection, type ConnectionOptions } from './connection/connection.ts'
import { plimsollOver, type Plimsoll } from './plimsoll.ts'

export * from './index.ts'
export {
  findClientFile,
  findServer,
  NoServerError,
  type ClientFile,
  type FindServerOptions,
} from './node/find-server.ts'

const answerBytes = 256 * 1024 * 1024
const pings = { pingIntervalMs: 10_000, pingTimeoutMs: 10_000 }

/**
 * Opens a connection for programs on Node: all calls over one HTTP/2 session that is watched over, also while a sync lasts an
 * hour. Nothing is sent yet. @throws InvalidRequestError when the url is none of http or https
 */
export function openConnection(options: ConnectionOptions): Connection {
  const sessionManager = new Http2SessionManager(checkedUrl(options.url), pings)
  return connectionOver(options, {
    transport: (settings) =>
      createConnectTransport({ ...settings, httpVersion: '2', sessionManager, readMaxBytes: answerBytes }),
    // An open session would keep the process alive.
    close: () => sessionManager.abort(),
  })
}

/** Opens a client over such a connection. @throws InvalidRequestError when the url is none of http or https */
export function openPlimsoll(options: ConnectionOptions): Plimsoll {
  return plimsollOver(openConnection(options))
}
