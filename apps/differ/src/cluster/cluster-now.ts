import { clusterDecider, clusterStream, loseCluster } from '@plimsoll/domain'
import { causeFrom, transact } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { KubernetesError } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import type { Clusters } from '@plimsoll/service'

/** The cluster as it is registered; undefined for one that is not, and the error where it cannot be opened, as without its credentials. */
export async function clusterNow(clusters: Clusters, id: string): Promise<Cluster | KubernetesError | undefined> {
  try {
    return await clusters.get(id)
  } catch (error) {
    if (error instanceof KubernetesError) return error
    throw error
  }
}

/** Records that a cluster which cannot be opened is away. */
export async function loseUnopened(log: EventLog, id: string, { message }: KubernetesError): Promise<void> {
  const transaction = { stream: clusterStream(id), cause: causeFrom(undefined, 'differ'), decider: clusterDecider }
  await transact(log, transaction, loseCluster(id, message))
}
