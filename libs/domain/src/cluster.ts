import type { ClusterConfig, ClusterCredentialType } from './cluster-config.ts'
import { boundText } from './fault.ts'
import { isSameJson } from './json/json.ts'
import type { Unparked } from './workflow/events/gate-events.ts'

// Stored in the event log: rename or reshape only with an upcaster.
export type ClusterEvent =
  | { readonly type: 'ClusterRegistered'; readonly data: ClusterConfig & { readonly version: string | null } }
  | { readonly type: 'ClusterChanged'; readonly data: ClusterConfig }
  | { readonly type: 'ClusterCredentialRotated'; readonly data: RotatedCredential }
  | { readonly type: 'ClusterRemoved'; readonly data: { readonly id: string } }
  /** `version`: of its API server, as `1.36.4`; null if nobody asked. */
  | { readonly type: 'ClusterReached'; readonly data: { readonly id: string; readonly version: string | null } }
  | { readonly type: 'ClusterLost'; readonly data: { readonly id: string; readonly message: string } }
  | { readonly type: 'ClusterUnparked'; readonly data: Unparked }

export type RotatedCredential = {
  readonly id: string
  readonly credentials: ClusterCredentialType
  readonly fingerprint: string
}

/** `config` is null for what was not registered, as `default`; `reachable` before anyone has tried. */
export type Cluster = {
  readonly config: ClusterConfig | null
  readonly reachable: boolean | null
  readonly message: string | null
  readonly version: string | null
}

export const initialCluster: Cluster = { config: null, reachable: null, message: null, version: null }

export function evolveCluster(cluster: Cluster, { type, data }: ClusterEvent): Cluster {
  switch (type) {
    case 'ClusterRegistered': {
      const { version, ...config } = data
      return { config, reachable: version === null ? null : true, message: null, version }
    }
    // Whoever watches it connects anew, and tells what comes of that.
    case 'ClusterChanged':
      return { ...cluster, config: data, reachable: null, message: null }
    case 'ClusterCredentialRotated': {
      const { credentials, fingerprint } = data
      const config = cluster.config && { ...cluster.config, credentials, fingerprint }
      return { ...cluster, config, reachable: null, message: null }
    }
    case 'ClusterRemoved':
      return initialCluster
    case 'ClusterReached':
      return { ...cluster, reachable: true, message: null, version: data.version ?? cluster.version }
    case 'ClusterUnparked':
      return cluster
    case 'ClusterLost':
      return { ...cluster, reachable: false, message: data.message }
  }
}

/**
 * Records a registration, or what differs from the one that stands; the same values record nothing. `version`: of the API
 * server, null if it was not asked.
 */
export function registerCluster(config: ClusterConfig, version: string | null) {
  return ({ config: standing }: Cluster): ClusterEvent[] => {
    if (standing === null) return [{ type: 'ClusterRegistered', data: { ...config, version } }]
    const { id, credentials, fingerprint } = config
    // What could not be read this time is as it was, of the same server.
    const uid = config.uid ?? (config.server === standing.server ? standing.uid : null)
    const data = { ...config, uid }
    const same = { ...standing, credentials, fingerprint }
    return [
      ...(isSameJson(same, data) ? [] : [{ type: 'ClusterChanged' as const, data }]),
      ...(fingerprint === standing.fingerprint
        ? []
        : [{ type: 'ClusterCredentialRotated' as const, data: { id, credentials, fingerprint } }]),
    ]
  }
}

export function removeCluster({ config }: Cluster): ClusterEvent[] {
  return config === null ? [] : [{ type: 'ClusterRemoved', data: { id: config.id } }]
}

/** Records a lasting change only: a cluster that is still there, in the same version, or still away, records nothing. */
export function reachCluster(id: string, version: string | null = null) {
  return (cluster: Cluster): ClusterEvent[] =>
    cluster.reachable === true && (version === null || version === cluster.version)
      ? []
      : [{ type: 'ClusterReached', data: { id, version } }]
}

export function loseCluster(id: string, message: string) {
  return (cluster: Cluster): ClusterEvent[] =>
    cluster.reachable === false ? [] : [{ type: 'ClusterLost', data: { id, message: boundText(message) } }]
}
