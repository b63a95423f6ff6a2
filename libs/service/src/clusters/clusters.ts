import { impersonating } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import type { WorkflowConfig } from '@plimsoll/domain'

/** The clusters that workflows may name, by id, as they are registered now. A map of clusters is one, too. */
export type Clusters = {
  /** The way to a cluster; undefined for one that nobody has registered. Another one after it was changed: ask again each time. */
  readonly get: (id: string) => Cluster | undefined | Promise<Cluster | undefined>
  readonly keys: () => Iterable<string> | Promise<Iterable<string>>
}

/** The cluster of a workflow, as who the workflow acts there; undefined for one that nobody has registered. */
export async function clusterFor(
  clusters: Clusters,
  { destination }: Pick<WorkflowConfig, 'destination'>,
): Promise<Cluster | undefined> {
  const cluster = await clusters.get(destination.cluster)
  const { service_account: account } = destination
  return cluster === undefined || account === null ? cluster : impersonating(cluster, account)
}
