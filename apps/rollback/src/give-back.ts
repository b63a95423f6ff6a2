import { fieldManager, refOf } from '@plimsoll/domain'
import { get, mergePatch, ownersAfter } from '@plimsoll/kubernetes'
import { writeTimeoutMs } from '@plimsoll/service'
import type { Return } from './rollback-steps.ts'
import type { Scene } from './scene.ts'

/** Fields that a sync took belong to those again who had them before it. */
export async function giveBack(
  { cluster, context: { signal } }: Scene,
  { before, taken }: Return,
  mayWrite: () => void,
) {
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
