import type { Cluster } from './cluster.ts'
import { pemOf } from './credentials.ts'

/** Where an API server is, and how it is known from others: nothing that says who asks. */
export type Endpoint = {
  readonly server: URL
  /** PEM; undefined where the certificates of the system are to be trusted. */
  readonly authority: string | undefined
  /** The name or address that its certificate is compared with. */
  readonly serverName: string
  /** The operator has told us to trust whoever answers. */
  readonly anyCertificate: boolean
  /** Whether it is reached through a proxy only. */
  readonly isProxied: boolean
}

/** Rejects with the error of the file system when the file of the authority cannot be read. */
export async function endpointOf({ connection: { cluster } }: Cluster): Promise<Endpoint> {
  const server = new URL(cluster.server)
  const authority = await pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'])
  return {
    server,
    authority: authority?.toString('utf8'),
    serverName: cluster['tls-server-name'] ?? server.hostname.replace(/^\[(.*)\]$/, '$1'),
    anyCertificate: cluster['insecure-skip-tls-verify'] ?? false,
    isProxied: cluster['proxy-url'] !== undefined,
  }
}
