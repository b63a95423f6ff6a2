import { ClusterSchema, RegisterClusterRequestSchema, type Cluster as Message } from '@plimsoll/proto'
import { allPages } from '../all-pages.ts'
import { answered } from '../answered.ts'
import { messageOf, plainOf } from '../plain.ts'
import { rpcOptions, shortMs, whyOf, type Session } from '../session.ts'
import type { Cluster, ClusterConfig } from '../shapes/cluster.ts'
import type { CallOptions, CommandOptions } from '../shapes/options.ts'

export type ClusterVerbs = {
  /**
   * Registers a cluster once it was reached with the credentials, or changes the one of that id; the same values change
   * nothing. Answers the id. @throws PreconditionError when it cannot be reached, or refuses the credentials
   */
  readonly registerCluster: (config: ClusterConfig, options?: CallOptions) => Promise<string>
  /** @throws NotFoundError */
  readonly getCluster: (id: string, options?: CallOptions) => Promise<Cluster>
  /** All of them by id, with `default`. */
  readonly listClusters: (options?: CallOptions) => Promise<readonly Cluster[]>
  /** Forgets a cluster; nothing in it is touched. @throws PreconditionError while workflows use it, naming them */
  readonly removeCluster: (id: string, options?: CommandOptions) => Promise<void>
}

export function clusterVerbs({ connection, remember, tokenOf, newest }: Session): ClusterVerbs {
  const { gitops } = connection
  const shape = (cluster: Message): Cluster => plainOf(ClusterSchema, cluster)
  return {
    async registerCluster(config, options = {}) {
      const request = messageOf(RegisterClusterRequestSchema, config)
      const { cluster, token } = await gitops.registerCluster(request, rpcOptions(options, shortMs))
      remember(token)
      return answered(cluster, 'cluster').id
    },
    async getCluster(id, options = {}) {
      const request = { id, minToken: tokenOf(`cluster-${id}`) }
      const { cluster } = await gitops.getCluster(request, rpcOptions(options, shortMs))
      return shape(answered(cluster, 'cluster'))
    },
    listClusters(options = {}) {
      const minToken = newest('cluster')
      return allPages(
        (page) => gitops.listClusters({ minToken, ...page }, rpcOptions(options, shortMs)),
        ({ clusters }) => clusters.map(shape),
      )
    },
    async removeCluster(id, options = {}) {
      const { token } = await gitops.removeCluster({ id, ...whyOf(options) }, rpcOptions(options, shortMs))
      remember(token)
    },
  }
}
