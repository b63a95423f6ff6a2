import type { Cluster } from './cluster.ts'
import { parseJson, stringifyJson } from '@plimsoll/domain'
import { KubernetesError } from './kubernetes-error.ts'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import { objectPath } from './path-of.ts'
import { request } from './request.ts'
import { requireType } from './resource-of.ts'

export type RemoveOptions = {
  readonly uid?: string
  readonly resourceVersion?: string
  /** `Background` by default. */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  readonly dryRun?: boolean
  readonly signal?: AbortSignal | undefined
}

/** `terminating`: the server took the request, and a finalizer or a grace period still holds the object. */
export type Removed = 'deleted' | 'terminating' | 'absent'

/** Deletes the object if it is still the one that was seen; another uid or resourceVersion is `conflict-precondition`. */
export async function remove(cluster: Cluster, ref: ObjectRef, options: RemoveOptions): Promise<Removed> {
  const type = await requireType(cluster, ref)
  const { uid, resourceVersion, propagation = 'Background' } = options
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: propagation,
    ...(uid || resourceVersion ? { preconditions } : {}),
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
  }
  try {
    const path = objectPath(type, ref)
    const answer = await request(cluster.connection, {
      method: 'DELETE',
      path,
      body: stringifyJson(body),
      ref,
      signal: options.signal,
    })
    return outcomeOf(parseJson(answer.body) as KubernetesObject)
  } catch (error) {
    if (error instanceof KubernetesError && (error.kind === 'not-found' || error.kind === 'namespace-missing'))
      return 'absent'
    throw error
  }
}

// The server answers with a Status once the object is gone, else with the object as it stays for now.
function outcomeOf(answer: KubernetesObject): Removed {
  return answer.kind === 'Status' || !answer.metadata.deletionTimestamp ? 'deleted' : 'terminating'
}
