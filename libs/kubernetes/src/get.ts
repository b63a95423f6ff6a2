import { parseJson } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { isAbsence, requestObject } from './request-object.ts'

/** The live object, or undefined when there is none. Throws KubernetesError, also for a kind that the cluster does not know. */
export async function get(
  cluster: Cluster,
  ref: ObjectRef,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<KubernetesObject | undefined> {
  try {
    const answer = await requestObject(cluster, ref, { method: 'GET', signal: options.signal })
    return parseJson(answer.body) as KubernetesObject
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
