import type { Cluster } from './cluster.ts'
import { parseJson } from '@plimsoll/domain'
import { KubernetesError } from './kubernetes-error.ts'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import { objectPath } from './path-of.ts'
import { request } from './request.ts'
import { requireType } from './resource-of.ts'

/** The live object, or undefined when there is none. Throws KubernetesError, also for a kind that the cluster does not know. */
export async function get(
  cluster: Cluster,
  ref: ObjectRef,
  options: { readonly signal?: AbortSignal } = {},
): Promise<KubernetesObject | undefined> {
  const type = await requireType(cluster, ref)
  try {
    const answer = await request(cluster.connection, { method: 'GET', path: objectPath(type, ref), ref, ...options })
    return parseJson(answer.body) as KubernetesObject
  } catch (error) {
    if (error instanceof KubernetesError && (error.kind === 'not-found' || error.kind === 'namespace-missing'))
      return undefined
    throw error
  }
}
