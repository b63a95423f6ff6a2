// Stored in the event log: rename or reshape only with an upcaster.
export type ClusterEvent =
  | { readonly type: 'ClusterReached'; readonly data: { readonly id: string; readonly version: string } }
  | { readonly type: 'ClusterLost'; readonly data: { readonly id: string; readonly message: string } }

export type Cluster = {
  readonly reachable: boolean | null
  readonly version: string | null
  readonly message: string | null
}

export const initialCluster: Cluster = { reachable: null, version: null, message: null }

export function evolveCluster(cluster: Cluster, { type, data }: ClusterEvent): Cluster {
  switch (type) {
    case 'ClusterReached':
      return { reachable: true, version: data.version, message: null }
    case 'ClusterLost':
      return { ...cluster, reachable: false, message: data.message }
  }
}

/** Records a lasting change only: a cluster that is still there, or still away, records nothing. */
export function reachCluster(id: string, version: string) {
  return (cluster: Cluster): ClusterEvent[] =>
    cluster.reachable === true && cluster.version === version ? [] : [{ type: 'ClusterReached', data: { id, version } }]
}

export function loseCluster(id: string, message: string) {
  return (cluster: Cluster): ClusterEvent[] =>
    cluster.reachable === false ? [] : [{ type: 'ClusterLost', data: { id, message } }]
}
