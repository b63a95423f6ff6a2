import { connect } from 'node:http2'
import type { ClientHttp2Session, SecureClientSessionOptions } from 'node:http2'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { ClusterAccess } from './kubeconfig.ts'
import { pemOf } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { connectionError } from './connection-error.ts'

/** One HTTP/2 connection. Streams are counted, as Node would queue what exceeds the server's limit behind the watches. */
export type Session = {
  readonly http2: ClientHttp2Session
  readonly hasRoom: () => boolean
  readonly enter: () => void
  readonly leave: () => void
  readonly closed: Promise<void>
  readonly destroy: () => Promise<void>
}

export type SessionOptions = {
  readonly access: ClusterAccess
  readonly credentials: Credentials
  readonly pingMs: number
  readonly signal: AbortSignal
}

const connectTimeoutMs = 10_000
const streamWindow = 4 * 1024 * 1024
const connectionWindow = 64 * 1024 * 1024

export async function openSession(options: SessionOptions): Promise<Session> {
  const { access, pingMs, signal } = options
  const http2 = connect(new URL(access.cluster.server).origin, await tlsOptionsOf(options))
  await connected(http2, signal).catch((error: unknown) => {
    http2.destroy()
    throw connectionError(error, access.cluster.server)
  })
  http2.setLocalWindowSize(connectionWindow)
  const stopPinging = keepAlive(http2, pingMs)
  const closed = new Promise<void>((resolve) => {
    http2.once('close', () => {
      stopPinging()
      resolve()
    })
  })
  let streams = 0
  return {
    http2,
    hasRoom: () => !http2.closed && !http2.destroyed && streams < limitOf(http2),
    enter: () => {
      streams += 1
    },
    leave: () => {
      streams -= 1
    },
    closed,
    destroy: () => {
      http2.destroy()
      return closed
    },
  }
}

async function tlsOptionsOf({ access, credentials }: SessionOptions): Promise<SecureClientSessionOptions> {
  const { cluster } = access
  const ca = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const { cert, key } = await credentials.certificate()
  return {
    settings: { enablePush: false, initialWindowSize: streamWindow },
    ALPNProtocols: ['h2'],
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...serverName(cluster['tls-server-name']),
    ...(cluster['insecure-skip-tls-verify'] ? { rejectUnauthorized: false } : {}),
  }
}

// TLS can ask for a host by name, not by address; an address is only compared with the certificate.
function serverName(name: string | undefined): SecureClientSessionOptions {
  if (!name) return {}
  return isIP(name)
    ? { checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) }
    : { servername: name }
}

// Resolves with the server's first settings, as these hold how many streams it allows.
async function connected(http2: ClientHttp2Session, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs)
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  // Errors after this point reach the streams; an error event that nobody hears would end the process.
  http2.on('error', reject)
  http2.once('close', () => reject(new Error('the server closed the connection')))
  http2.once('remoteSettings', () => resolve())
  try {
    signal.throwIfAborted()
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

function limitOf(http2: ClientHttp2Session): number {
  return Math.max(1, Math.min(http2.remoteSettings.maxConcurrentStreams ?? 100, 1000))
}

/** Ends a connection whose other side went away without a word: two pings in a row without an answer between them. */
function keepAlive(http2: ClientHttp2Session, pingMs: number): () => void {
  let waiting = false
  const timer = setInterval(() => {
    if (http2.destroyed) return
    if (!waiting) {
      waiting = true
      http2.ping(() => {
        waiting = false
      })
      return
    }
    // A process that was busy or stopped has the answer still unread: let it in before judging.
    setImmediate(() => {
      if (waiting && !http2.destroyed) http2.destroy(new Error('the server no longer answers pings'))
    })
  }, pingMs)
  timer.unref()
  return () => clearInterval(timer)
}
