import { identityOf, refOf } from '@plimsoll/domain'
import type { Inventory, InventoryEntry, Steps } from '@plimsoll/domain'
import { identityOfOutcome } from './carry-out.ts'
import type { Outcome } from './carry-out.ts'

export const noInventory: Inventory = { entries: [] }

/**
 * What is ours from the first write on: all that was, and all that is about to be created. Recorded before the first write,
 * so that a crash loses no object; of what is not there yet, uid and digests are empty.
 */
export function claimedInventory(base: Inventory, { steps }: Steps): Inventory {
  const known = new Set(base.entries.map(identityOf))
  const sensitive = new Map(
    steps.flatMap((step) =>
      step.action === 'delete' || !step.sensitive ? [] : [[identityOf(refOf(step.object)), step.sensitive] as const],
    ),
  )
  const hiding = (entry: InventoryEntry): InventoryEntry => {
    const added = sensitive.get(identityOf(entry)) ?? []
    return added.length === 0 ? entry : { ...entry, sensitive: [...new Set([...(entry.sensitive ?? []), ...added])] }
  }
  const created = steps.flatMap((step) => (step.action === 'create' ? [refOf(step.object)] : []))
  const fresh = created
    .filter((ref) => !known.has(identityOf(ref)))
    .map((ref) => ({ ...ref, uid: '', digest: '', owned: '' }))
  return { entries: [...base.entries, ...fresh].map(hiding) }
}

/** What is ours after a sync: what it found in order, what it applied, and what of the rest it did not delete. */
export function resultingInventory(base: Inventory, { kept, gone }: Steps, outcomes: readonly Outcome[]): Inventory {
  const entries = new Map<string, InventoryEntry>(base.entries.map((entry) => [identityOf(entry), entry]))
  const set = (identity: string, entry: InventoryEntry) =>
    entries.set(identity, sameMaker(entries.get(identity), entry))
  for (const entry of kept) set(identityOf(entry), entry)
  for (const ref of gone) entries.delete(identityOf(ref))
  for (const outcome of outcomes) {
    if (outcome.done === 'applied') set(identityOfOutcome(outcome), outcome.entry)
    if (outcome.done === 'deleted') entries.delete(identityOfOutcome(outcome))
  }
  return { entries: [...entries.values()] }
}

/** What we have made once stays of our making, as long as it is the same object. */
function sameMaker(before: InventoryEntry | undefined, entry: InventoryEntry): InventoryEntry {
  return before?.created && before.uid === entry.uid ? { ...entry, created: true } : entry
}
