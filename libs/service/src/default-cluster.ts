import { openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { z } from 'zod'

/** The settings of a service that works on the cluster `default`. */
export const clusterConfig = {
  PLIMSOLL_KUBECONFIG: z
    .string()
    .optional()
    .describe('the kubeconfig of the cluster `default`; without it, as kubectl finds one'),
  PLIMSOLL_CONTEXT: z.string().optional().describe('the context of the kubeconfig; without it, its current one'),
}

export type ClusterConfig = z.output<z.ZodObject<typeof clusterConfig>>

/** The clusters that workflows may name, by id: one, as configured. */
export async function openClusters(
  stack: AsyncDisposableStack,
  { PLIMSOLL_KUBECONFIG: kubeconfig, PLIMSOLL_CONTEXT: context }: ClusterConfig,
): Promise<ReadonlyMap<string, Cluster>> {
  const options = { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) }
  return new Map([['default', stack.use(await openCluster(options))]])
}
