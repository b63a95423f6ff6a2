import {
  deleteChange,
  describeRef,
  identityOf,
  isKept,
  isMarked,
  optionsOf,
  refOf,
  refusalToTouch,
  waveOf,
} from '@plimsoll/domain'
import type { ChangeDraft, InventoryEntry, KubernetesObject, ObjectRef, Step, WorkflowConfig } from '@plimsoll/domain'
import { get, servedRef } from '@plimsoll/kubernetes'
import type { Planner } from './candidate.ts'
import type { LiveObjects } from '../cluster/live-objects.ts'

/** What becomes of an object that is ours and not in Git any more. */
export type Removal = {
  readonly step?: Step
  readonly change?: ChangeDraft
  readonly leftover?: ObjectRef
  readonly gone?: ObjectRef
  readonly warning?: string
}

export async function planRemoval(
  { cluster, config, mark, token, prunesKept = false, signal }: Planner,
  entry: InventoryEntry,
  live: LiveObjects,
  previous: (identity: string) => Promise<KubernetesObject | undefined>,
): Promise<Removal> {
  const ref = refOfEntry(entry)
  const identity = identityOf(entry)
  const stays = (object: KubernetesObject | undefined): Removal | undefined => {
    const { ignore, prune, warnsWhenLeft } = optionsOf(object)
    const why = reasonToStay(entry, config, { isPrunable: !ignore && prune, prunesKept })
    if (why === undefined) return undefined
    const warning = `${describeRef(ref)} is not in Git any more and stays in the cluster: ${why}`
    return { leftover: ref, ...(warnsWhenLeft && { warning }) }
  }
  // What the watch shows needs no call, if what was applied last says enough.
  const leftover = live.has(identity) ? stays(await previous(identity)) : undefined
  if (leftover !== undefined) return leftover
  const served = await servedRef(cluster, ref)
  const object = served && (await get(cluster, served, { signal }))
  if (object === undefined) return { gone: ref }
  // Someone else may have made an object of the same name anew, or taken our mark off: it is not ours to delete.
  if ((entry.uid !== '' && object.metadata.uid !== entry.uid) || !isMarked(object, mark))
    return {
      gone: ref,
      warning: `${describeRef(ref)} is not in Git any more and not marked as ours any more: it is left alone`,
    }
  const { uid = '', resourceVersion = '' } = object.metadata
  return (
    stays(object) ?? {
      step: { action: 'delete', ref: refOf(object), live: { uid, resourceVersion }, wave: waveOf(object) },
      change: deleteChange(object, token),
    }
  )
}

function reasonToStay(
  entry: InventoryEntry,
  { id, allow, sync_policy: { auto_prune: autoPrune } }: WorkflowConfig,
  { isPrunable, prunesKept }: { readonly isPrunable: boolean; readonly prunesKept: boolean },
): string | undefined {
  if (!autoPrune) return 'auto_prune is off'
  if (isKept(entry) && !prunesKept)
    return `a ${entry.kind} is never pruned unasked; ask with \`plimsoll sync ${id} --prune-kept\``
  return isPrunable ? refusalToTouch(entry, allow) : 'its annotations keep it'
}

function refOfEntry({ apiVersion, kind, namespace, name }: InventoryEntry): ObjectRef {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}
