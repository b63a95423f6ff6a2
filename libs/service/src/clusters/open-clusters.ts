import { defaultCluster } from '@plimsoll/domain'
import { openCluster, refuseAddress } from '@plimsoll/kubernetes'
import { z } from 'zod'
import type { ServiceContext } from '../context.ts'
import type { Clusters } from './clusters.ts'
import { openRegisteredClusters } from './registered-clusters.ts'

/** Whether a registered cluster may be one of this machine: the same for all services. */
export const addressConfig = {
  PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS: z
    .stringbool()
    .default(false)
    .describe('true lets a registered cluster be at an address of this machine'),
}

/** The settings of a service that works on clusters. */
export const clusterConfig = {
  PLIMSOLL_KUBECONFIG: z
    .string()
    .optional()
    .describe('the kubeconfig of the cluster `default`; without it, as kubectl finds one'),
  PLIMSOLL_CONTEXT: z.string().optional().describe('the context of the kubeconfig; without it, its current one'),
  ...addressConfig,
}

export type ClusterConfig = z.output<z.ZodObject<typeof clusterConfig>>

/** The clusters that workflows may name: `default`, as configured, and those that are registered, as the log has them. */
export async function openClusters(
  stack: AsyncDisposableStack,
  context: Pick<ServiceContext, 'log' | 'js' | 'installationKey'>,
  config: ClusterConfig,
): Promise<Clusters> {
  const { PLIMSOLL_KUBECONFIG: kubeconfig, PLIMSOLL_CONTEXT: name } = config
  const options = { ...(kubeconfig !== undefined && { kubeconfig }), ...(name !== undefined && { context: name }) }
  const own = stack.use(await openCluster(options))
  const allowLoopback = config.PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS
  const registered = stack.use(openRegisteredClusters(context, { refuseAddress: refuseAddress({ allowLoopback }) }))
  return {
    get: (id) => (id === defaultCluster ? own : registered.get(id)),
    keys: async () => [defaultCluster, ...(await registered.keys())],
  }
}
