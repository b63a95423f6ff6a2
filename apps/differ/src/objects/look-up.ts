import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import { get, servedRef } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

/**
 * The live object, in another version if the cluster does not serve this one (any more, or yet); undefined when there is none,
 * also because the cluster does not know its kind.
 */
export async function lookUp(
  cluster: Cluster,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const served = await servedRef(cluster, ref)
  return served && get(cluster, served, { signal })
}
