import { refOf } from '@plimsoll/domain'
import type { Backup, KubernetesObject, Step } from '@plimsoll/domain'
import { get } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'

const readsInFlight = 16

/** Reads the live objects that the steps are about to change or delete. What is created has no state before. */
export async function readBackup(cluster: Cluster, steps: readonly Step[], signal: AbortSignal): Promise<Backup> {
  const refs = steps.flatMap((step) =>
    step.action === 'create' ? [] : [step.action === 'delete' ? step.ref : refOf(step.object)],
  )
  const objects = await inParallel(refs, readsInFlight, (ref) => get(cluster, ref, { signal }))
  return { objects: objects.filter((object): object is KubernetesObject => object !== undefined) }
}
