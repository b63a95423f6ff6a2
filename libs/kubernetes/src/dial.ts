import { connect } from 'node:http2'
import type { ClientHttp2Session, SecureClientSessionOptions } from 'node:http2'
import { isIP } from 'node:net'
import { checkServerIdentity, connect as connectTls } from 'node:tls'
import { pemOf } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import type { ClusterAccess } from './kubeconfig.ts'
import { openTunnel } from './open-tunnel.ts'
import { checkHost, guardedLookup } from './refused-address.ts'
import type { RefuseAddress } from './refused-address.ts'

export type DialOptions = {
  readonly access: ClusterAccess
  readonly credentials: Credentials
  readonly refuseAddress?: RefuseAddress | undefined
  readonly signal: AbortSignal
}

const connectTimeoutMs = 10_000
const streamWindow = 4 * 1024 * 1024

/** Connects to the API server, through the proxy of the kubeconfig if it names one. Rejects with the error of the network or of TLS. */
export async function dial(options: DialOptions): Promise<ClientHttp2Session> {
  const server = new URL(options.access.cluster.server)
  const tls = await tlsOptionsOf(options)
  const { refuseAddress } = options
  checkHost(server.hostname, refuseAddress)
  const lookup = refuseAddress && guardedLookup(refuseAddress)
  const proxy = options.access.cluster['proxy-url']
  if (proxy) checkHost(new URL(proxy).hostname, refuseAddress)
  const tunnel = proxy ? await openTunnel(new URL(proxy), server, { signal: options.signal, lookup }) : undefined
  const throughTunnel = { ...serverName(server.hostname), ...tls, ...(tunnel ? { socket: tunnel } : {}) }
  const direct = { ...tls, ...(lookup && { lookup }) }
  const http2 = connect(server.origin, tunnel ? { ...tls, createConnection: () => connectTls(throughTunnel) } : direct)
  try {
    await connected(http2, options.signal)
    return http2
  } catch (error) {
    http2.destroy()
    tunnel?.destroy()
    throw error
  }
}

async function tlsOptionsOf({ access, credentials }: DialOptions): Promise<SecureClientSessionOptions> {
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
