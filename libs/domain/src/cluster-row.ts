import { evolveCluster, initialCluster } from './cluster.ts'
import type { Cluster, ClusterEvent } from './cluster.ts'

/** What is shown of a cluster. `since`: when it was found reachable or away; ISO 8601. */
export type ClusterRow = Cluster & { readonly since: string | null }

export const initialClusterRow: ClusterRow = { ...initialCluster, since: null }

export function evolveClusterRow({ since, ...cluster }: ClusterRow, event: ClusterEvent, at: string): ClusterRow {
  const next = evolveCluster(cluster, event)
  if (next.reachable === null) return { ...next, since: null }
  return { ...next, since: next.reachable === cluster.reachable && event.type !== 'ClusterRegistered' ? since : at }
}
