import type { Cluster } from './cluster.ts'
import { pemOf } from './credentials.ts'
import { checkHost, guardedLookup } from './refused-address.ts'
import type { RefuseAddress } from './refused-address.ts'

/** Where an API server is, and how it is known from others: nothing that says who asks. */
export type Endpoint = {
  readonly server: URL
  /** The host to connect to: where not every address may be, one that may. */
  readonly host: string
  /** PEM; undefined where the certificates of the system are to be trusted. */
  readonly authority: string | undefined
  /** The name or address that its certificate is compared with. */
  readonly serverName: string
  /** The operator has told us to trust whoever answers. */
  readonly anyCertificate: boolean
  /** Whether it is reached through a proxy only. */
  readonly isProxied: boolean
}

/**
 * Rejects with the error of the file system when the file of the authority cannot be read, with that of the lookup, and with
 * RefusedAddressError.
 */
export async function endpointOf({ connection: { cluster, refuseAddress } }: Cluster): Promise<Endpoint> {
  const server = new URL(cluster.server)
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1')
  const authority = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'])
  return {
    server,
    host: refuseAddress === undefined ? host : await allowedAddress(host, refuseAddress),
    authority: authority?.toString('utf8'),
    serverName: cluster['tls-server-name'] ?? host,
    anyCertificate: cluster['insecure-skip-tls-verify'] ?? false,
    isProxied: cluster['proxy-url'] !== undefined,
  }
}

/** Who connects later must not look the name up again: it may lead elsewhere by then. */
async function allowedAddress(host: string, refuse: RefuseAddress): Promise<string> {
  checkHost(host, refuse)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  guardedLookup(refuse)(host, {}, (error, address) =>
    error ? reject(error) : resolve(typeof address === 'string' ? address : host),
  )
  return await promise
}
