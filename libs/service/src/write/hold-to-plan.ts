import { describeRef } from '@plimsoll/domain'
import type { KubernetesObject, LiveState, ObjectRef } from '@plimsoll/domain'
import { KubernetesError } from '@plimsoll/kubernetes'
import type { Writer } from './writer.ts'

/**
 * Of a plan that people agreed to as it was shown, nothing else is done: throws when an object is another by now than the
 * one that was planned for. A status that changed does not count. `planned` is undefined for what was to be created, `now`
 * for what is gone. Steps that were begun before have changed objects themselves, so there it says nothing.
 */
export function holdToPlan(
  { isAgreed = false, isResumed }: Pick<Writer, 'isAgreed' | 'isResumed'>,
  ref: ObjectRef,
  planned: LiveState | undefined,
  now: KubernetesObject | undefined,
): void {
  if (!isAgreed || isResumed) return
  const isSame =
    planned !== undefined &&
    now !== undefined &&
    planned.uid === now.metadata.uid &&
    planned.generation !== undefined &&
    planned.generation === now.metadata.generation
  if (isSame) return
  const happened = now === undefined ? 'deleted' : planned === undefined ? 'created' : 'changed'
  throw new KubernetesError({
    kind: 'conflict-precondition',
    message: `${describeRef(ref)} was ${happened} by someone else after the plan was made that this sync is bound to`,
    retryable: false,
    ref,
  })
}
