import type { SensitiveOf } from '@plimsoll/domain'
import { openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { openDiscovery } from './discovery.ts'
import type { Discovery } from './discovery.ts'
import { accessOf } from './given-access.ts'
import type { GivenAccess } from './given-access.ts'
import { readKubeconfig } from './kubeconfig.ts'
import type { RefuseAddress } from './refused-address.ts'

export type Cluster = AsyncDisposable & {
  readonly server: string
  readonly context: string
  readonly fieldManager: string
  readonly connection: Connection
  readonly discovery: Discovery
  /** The same as the identity of the connection, where requests act as somebody else. */
  readonly own?: Cluster
  /** What errors and warnings about an object never tell, beside the values of Secrets. */
  readonly sensitiveOf?: SensitiveOf
}

/** The same cluster, seen by one who knows what is sensitive; it is closed with the one that it is made of. */
export function hiding(cluster: Cluster, sensitiveOf: SensitiveOf): Cluster {
  return { ...cluster, sensitiveOf, [Symbol.asyncDispose]: () => Promise.resolve() }
}

export type ClusterOptions = {
  /** Path of the operator's kubeconfig. */
  readonly kubeconfig?: string
  /** What a user gave and is kept: nothing else is read. */
  readonly access?: GivenAccess
  /** A kubeconfig that a user gave: it may not point to files or programs. */
  readonly kubeconfigText?: string
  readonly context?: string
  /** 30,000 by default. */
  readonly requestTimeoutMs?: number
  /** `plimsoll` by default. */
  readonly fieldManager?: string
  /** How often a connection is checked for life; 15,000 by default. */
  readonly pingMs?: number
  /** Which addresses are not connected to, of the server and of its proxy. Default: none. */
  readonly refuseAddress?: RefuseAddress
}

/**
 * Reads the kubeconfig; the connection is made by the first request, so that a service can start while its cluster is away.
 * Throws KubeconfigError.
 */
export async function openCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const access = options.access === undefined ? await readKubeconfig(options) : accessOf(options.access)
  const { requestTimeoutMs = 30_000, pingMs = 15_000, fieldManager = 'plimsoll', refuseAddress } = options
  const connection = openConnection({ access, requestTimeoutMs, pingMs, refuseAddress })
  return {
    server: access.cluster.server,
    context: access.context,
    fieldManager,
    connection,
    discovery: openDiscovery(connection),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
