import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { connect, errors, type NatsConnection } from '@nats-io/transport-node'
import { setTimeout as sleep } from 'node:timers/promises'
import { JetStreamUnreachableError } from './errors.ts'
import { serverAddress } from './server-address.ts'

export type ConnectionStatus =
  | { readonly type: 'connected' | 'disconnected'; readonly server: string }
  | { readonly type: 'unreachable'; readonly server: string; readonly error: Error }
  | { readonly type: 'error'; readonly error: Error }
  | { readonly type: 'closed' }

export type JetStream = AsyncDisposable & {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  /** First token of every subject, and in capitals of every stream name: two installations may share a server. */
  readonly prefix: string
  readonly isConnected: () => boolean
  /** Calls the listener when the connection is lost (false) or there again (true); returns the function that takes it off. */
  readonly onConnection: (listener: (connected: boolean) => void) => () => void
}

export type JetStreamOptions = {
  /** `nats://[user:password@]host:port`, `tls://…`; several separated by commas. */
  readonly url: string
  /** Shown in the server's list of connections. */
  readonly name: string
  /** Default `plimsoll`. */
  readonly prefix?: string
  readonly onStatus?: (status: ConnectionStatus) => void
  /** How long to try for a first connection, in milliseconds. Default 60,000. Later losses are repaired for ever. */
  readonly connectTimeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Connects, and stays connected: after a loss it reconnects for ever and subscriptions go on.
 * @throws JetStreamUnreachableError when no connection came about in time or the credentials were refused.
 */
export async function openJetStream(options: JetStreamOptions): Promise<JetStream> {
  const { prefix = 'plimsoll', onStatus = () => {} } = options
  if (!/^[a-z0-9_-]+$/.test(prefix)) throw new TypeError(`a NATS prefix holds only a-z, 0-9, - and _: ${prefix}`)
  const connection = await firstConnection(options, onStatus)
  const listeners = new Set<(connected: boolean) => void>()
  let connected = true
  onStatus({ type: 'connected', server: connection.getServer() })
  void watchStatus(connection, (status) => {
    if (status.type !== 'error' && status.type !== 'unreachable') {
      connected = status.type === 'connected'
      for (const listener of listeners) listener(connected)
    }
    onStatus(status)
  })
  return {
    connection,
    manager: await jetstreamManager(connection, { checkAPI: false }),
    prefix,
    isConnected: () => connected,
    onConnection: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    [Symbol.asyncDispose]: () => close(connection, () => connected),
  }
}

async function firstConnection(
  options: JetStreamOptions,
  onStatus: (status: ConnectionStatus) => void,
): Promise<NatsConnection> {
  const { name, connectTimeoutMs = 60_000, signal } = options
  const address = serverAddress(options.url)
  const server = address.servers.join(', ')
  const deadline = performance.now() + connectTimeoutMs
  for (let pause = 100; ; pause = Math.min(pause * 2, 2_000)) {
    signal?.throwIfAborted()
    try {
      return await connect({
        ...address,
        name,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 250,
        // A server that restarts may refuse for a moment what it accepts later.
        ignoreAuthErrorAbort: true,
        pingInterval: 10_000,
        noAsyncTraces: true,
        timeout: 5_000,
      })
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      if (error instanceof errors.AuthorizationError) {
        throw new JetStreamUnreachableError(`NATS at ${server} refused the credentials`, { cause })
      }
      onStatus({ type: 'unreachable', server, error })
      if (performance.now() + pause >= deadline) {
        throw new JetStreamUnreachableError(`NATS at ${server} does not answer: ${error.message}`, { cause })
      }
      await sleep(pause, undefined, signal === undefined ? {} : { signal })
    }
  }
}

async function watchStatus(connection: NatsConnection, onStatus: (status: ConnectionStatus) => void): Promise<void> {
  void connection.closed().then(() => onStatus({ type: 'closed' }))
  for await (const status of connection.status()) {
    if (status.type === 'reconnect') onStatus({ type: 'connected', server: status.server })
    else if (status.type === 'disconnect') onStatus({ type: 'disconnected', server: status.server })
    else if (status.type === 'error') onStatus({ type: 'error', error: status.error })
  }
}

async function close(connection: NatsConnection, isConnected: () => boolean): Promise<void> {
  if (connection.isClosed()) return
  // Draining needs a server that answers; without one it would wait for a reconnect.
  if (isConnected()) await Promise.race([connection.drain(), sleep(2_000, undefined, { ref: false })]).catch(() => {})
  await connection.close()
}
