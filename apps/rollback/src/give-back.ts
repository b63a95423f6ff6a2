import { fieldManager, refOf } from '@plimsoll/domain'
import { get, KubernetesError, mergePatch, ownersAfter } from '@plimsoll/kubernetes'
import { writeTimeoutMs } from '@plimsoll/service'
import type { Return } from './rollback-steps.ts'
import type { Scene } from './scene.ts'

const looksAtMost = 10

/** Fields that a sync took belong to those again who had them before it. */
export async function giveBack(scene: Scene, given: Return, mayWrite: () => void): Promise<void> {
  for (let looks = 1; ; looks++) {
    try {
      return await giveBackOnce(scene, given, mayWrite)
    } catch (error) {
      // Its controller has written its status between the look at it and the write.
      const isOutrun = error instanceof KubernetesError && error.kind === 'conflict-precondition'
      if (!isOutrun || looks === looksAtMost) throw error
    }
  }
}

async function giveBackOnce(
  { cluster, context: { signal } }: Scene,
  { before, taken }: Return,
  mayWrite: () => void,
): Promise<void> {
  const ref = refOf(before)
  const live = await get(cluster, ref, { signal })
  const managedFields = live && ownersAfter(before, live, { taken }, fieldManager)
  if (live === undefined || managedFields === undefined) return
  const { uid, resourceVersion } = live.metadata
  mayWrite()
  await mergePatch(
    cluster,
    ref,
    { metadata: { uid, resourceVersion, managedFields } },
    { signal, timeoutMs: writeTimeoutMs },
  )
}
