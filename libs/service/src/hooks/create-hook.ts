import { hookRunAnnotation, isKept, refOf } from '@plimsoll/domain'
import type { KubernetesObject, ObjectHook } from '@plimsoll/domain'
import { apply, get, KubernetesError, remove } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { writeTimeoutMs } from '../write/lease.ts'
import { untilGone } from '../write/until-gone.ts'
import type { HooksRun } from './hooks-run.ts'
import { inTheWay } from './plan-hook.ts'

/** An object stands where a hook is to be made, and may not make room. */
export class InTheWayError extends Error {
  override readonly name = 'InTheWayError'
  readonly remedy: string
  constructor(because: string, remedy: string) {
    super(because)
    this.remedy = remedy
  }
}

const triesAtMost = 5

/**
 * Creates the object of a hook, or finds the one that this very run has created before. What is left of an earlier run makes
 * room where the delete policy says so; what holds data or others stays, and is taken for the one of this run. Throws InTheWayError and KubernetesError.
 */
export async function createHook(
  { vault: { mark }, mayWrite, signal }: Pick<HooksRun, 'vault' | 'mayWrite' | 'signal'>,
  cluster: Cluster,
  hook: ObjectHook,
  object: KubernetesObject,
): Promise<KubernetesObject> {
  const ref = refOf(object)
  for (let tries = 1; ; tries++) {
    const live = await get(cluster, ref, { signal })
    if (live !== undefined) {
      if (runOf(live) === runOf(object)) return live
      const obstacle = inTheWay(live, mark, hook)
      if (obstacle !== undefined) throw new InTheWayError(obstacle.because, obstacle.try)
      if (isKept(ref)) return live
      await makeWay(cluster, live, { mayWrite, signal })
    }
    mayWrite()
    try {
      const made = await apply(cluster, object, { precondition: { create: true }, timeoutMs: writeTimeoutMs, signal })
      return made.object
    } catch (error) {
      // Somebody was faster, or the answer to our own request was lost.
      if (!(error instanceof KubernetesError) || !isTaken(error) || tries >= triesAtMost) throw error
    }
  }
}

/** Deletes the object of a hook, if it is still that of this run. What cannot be deleted stays: no hook fails by that. */
export async function deleteHook(
  { mayWrite, signal }: Pick<HooksRun, 'mayWrite' | 'signal'>,
  cluster: Cluster,
  object: KubernetesObject,
): Promise<void> {
  const ref = refOf(object)
  try {
    const live = await get(cluster, ref, { signal })
    if (live === undefined || runOf(live) !== runOf(object)) return
    mayWrite()
    await remove(cluster, ref, { uid: live.metadata.uid ?? '', timeoutMs: writeTimeoutMs, signal })
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.retryable) throw error
  }
}

async function makeWay(
  cluster: Cluster,
  live: KubernetesObject,
  { mayWrite, signal }: Pick<HooksRun, 'mayWrite' | 'signal'>,
): Promise<void> {
  const { uid = '' } = live.metadata
  mayWrite()
  const removed = await remove(cluster, refOf(live), { uid, timeoutMs: writeTimeoutMs, signal })
  if (removed === 'terminating') await untilGone(cluster, refOf(live), uid, signal)
}

function runOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[hookRunAnnotation]
}

/** The API server looks at the owners of fields first, then at the precondition. */
function isTaken({ kind }: KubernetesError): boolean {
  return kind === 'conflict-precondition' || kind === 'conflict-fields'
}
