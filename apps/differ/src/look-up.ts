import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import { get, resourceOf } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

/** The live object; undefined when there is none, also because the cluster does not know its kind (any more, or yet). */
export async function lookUp(
  cluster: Cluster,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const type = await resourceOf(cluster, ref.apiVersion, ref.kind)
  return type === undefined ? undefined : get(cluster, ref, { signal })
}
