import { boundText } from './fault.ts'

// Stored in the event log: rename or reshape only with an upcaster.
export type ClusterEvent =
  | { readonly type: 'ClusterReached'; readonly data: { readonly id: string } }
  | { readonly type: 'ClusterLost'; readonly data: { readonly id: string; readonly message: string } }

/** `reachable` is null before anyone has tried. */
export type Cluster = { readonly reachable: boolean | null; readonly message: string | null }

export const initialCluster: Cluster = { reachable: null, message: null }

export function evolveCluster(_cluster: Cluster, { type, data }: ClusterEvent): Cluster {
  switch (type) {
    case 'ClusterReached':
      return { reachable: true, message: null }
    case 'ClusterLost':
      return { reachable: false, message: data.message }
  }
}

/** Records a lasting change only: a cluster that is still there, or still away, records nothing. */
export function reachCluster(id: string) {
  return (cluster: Cluster): ClusterEvent[] =>
    cluster.reachable === true ? [] : [{ type: 'ClusterReached', data: { id } }]
}

export function loseCluster(id: string, message: string) {
  return (cluster: Cluster): ClusterEvent[] =>
    cluster.reachable === false ? [] : [{ type: 'ClusterLost', data: { id, message: boundText(message) } }]
}
