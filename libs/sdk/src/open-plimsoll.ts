import { createConnectTransport } from '@connectrpc/connect-web'
import { connectionOver, type Connection, type ConnectionOptions } from './connection/connection.ts'
import { plimsollOver, type Plimsoll } from './plimsoll.ts'

/**
 * Opens a connection by the platform's own `fetch`: in browsers, and wherever else there is one. Nothing is sent yet.
 * @throws InvalidRequestError when the url is none of http or https
 */
export function openConnection(options: ConnectionOptions): Connection {
  return connectionOver(options, {
    transport: (settings) => createConnectTransport({ ...settings, useBinaryFormat: true }),
    // Whatever is open is aborted by its signal.
    close: () => {},
  })
}

/**
 * Opens a client of the Plimsoll at `url`. Nothing is sent yet; disposing ends whatever it still waits for.
 * @throws InvalidRequestError when the url is none of http or https
 */
export function openPlimsoll(options: ConnectionOptions): Plimsoll {
  return plimsollOver(openConnection(options))
}
