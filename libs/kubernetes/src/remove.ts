import type { Cluster } from './cluster.ts'
import { isAbsence, requestObject } from './request-object.ts'
import { parseJson, stringifyJson } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'

export type RemoveOptions = {
  readonly uid?: string
  readonly resourceVersion?: string
  /** `Background` by default. */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  readonly dryRun?: boolean
  /** The cluster's `requestTimeoutMs` by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/** `terminating`: the server took the request, and a finalizer or a grace period still holds the object. */
export type Removed = 'deleted' | 'terminating' | 'absent'

/** Deletes the object if it is still the one that was seen; another uid or resourceVersion is `conflict-precondition`. */
export async function remove(cluster: Cluster, ref: ObjectRef, options: RemoveOptions): Promise<Removed> {
  const { uid, resourceVersion, propagation = 'Background', signal, timeoutMs } = options
  const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: propagation,
    ...(uid || resourceVersion ? { preconditions } : {}),
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
  }
  try {
    const answer = await requestObject(cluster, ref, { method: 'DELETE', body: stringifyJson(body), signal, timeoutMs })
    return outcomeOf(parseJson(answer.body) as KubernetesObject)
  } catch (error) {
    if (isAbsence(error)) return 'absent'
    throw error
  }
}

// The server answers with a Status once the object is gone, else with the object as it stays for now.
function outcomeOf(answer: KubernetesObject): Removed {
  return answer.kind === 'Status' || !answer.metadata.deletionTimestamp ? 'deleted' : 'terminating'
}
