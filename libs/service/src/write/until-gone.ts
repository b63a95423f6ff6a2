import { setTimeout as delay } from 'node:timers/promises'
import { describeRef } from '@plimsoll/domain'
import type { ObjectRef } from '@plimsoll/domain'
import { get, KubernetesError } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

const goneWithinMs = 30_000
const firstPauseMs = 20
const longestPauseMs = 1_000

/** Waits until an object that was deleted is gone. Throws a KubernetesError that may pass when that takes too long. */
export async function untilGone(cluster: Cluster, ref: ObjectRef, uid: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + goneWithinMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const live = await get(cluster, ref, { signal })
    if (live?.metadata.uid !== uid) return
    if (performance.now() > deadline) throw stillThere(ref)
    await delay(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** What holds it, such as a finalizer, may let it go at any time. */
export function stillThere(ref: ObjectRef): KubernetesError {
  return new KubernetesError({
    kind: 'conflict-precondition',
    message: `${describeRef(ref)} is being deleted and can be made anew only when it is gone`,
    retryable: true,
    ref,
  })
}
