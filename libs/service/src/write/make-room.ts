import { describeRef, isMarked } from '@plimsoll/domain'
import type { LiveState, ObjectRef } from '@plimsoll/domain'
import { get, KubernetesError, remove } from '@plimsoll/kubernetes'
import type { Writer } from './writer.ts'
import { holdToPlan } from './hold-to-plan.ts'
import { writeTimeoutMs } from './lease.ts'
import { untilGone } from './until-gone.ts'

const rebasesAtMost = 5

/**
 * Deletes the object that another is to take the place of, and returns when it is gone. It was backed up before. After a crash
 * this is called again: what is gone by then, or made anew already, is left as it is.
 */
export async function makeRoom(writer: Writer, ref: ObjectRef, planned: LiveState): Promise<void> {
  const { cluster, mark, mayWrite, backUp, signal } = writer
  let state = planned
  for (let rebases = 0; ; rebases++) {
    mayWrite()
    try {
      const removed = await remove(cluster, ref, { ...state, timeoutMs: writeTimeoutMs, signal })
      return removed === 'terminating' ? await untilGone(cluster, ref, planned.uid, signal) : undefined
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.kind !== 'conflict-precondition' || rebases >= rebasesAtMost)
        throw error
      const now = await get(cluster, ref, { signal })
      // Of another uid: it was made anew, and whoever creates looks whether by us.
      if (now === undefined || now.metadata.uid !== planned.uid) return
      if (!isMarked(now, mark)) throw notOurs(ref)
      holdToPlan(writer, ref, planned, now)
      await backUp(now)
      state = { uid: planned.uid, resourceVersion: now.metadata.resourceVersion ?? '' }
    }
  }
}

function notOurs(ref: ObjectRef): KubernetesError {
  return new KubernetesError({
    kind: 'conflict-precondition',
    message: `${describeRef(ref)} is not marked as ours any more since it was planned to be replaced`,
    retryable: false,
    ref,
  })
}
