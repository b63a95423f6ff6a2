import type { Hook, InventoryEntry, KubernetesObject, ObjectRef, Step, Untouched } from '@plimsoll/domain'
import type { Restoration } from '@plimsoll/kubernetes'

/** Fields that a sync took from others: whose they were is in the object as it was before. */
export type Return = { readonly before: KubernetesObject; readonly taken: Restoration['taken'] }

/** What a rollback carries out. Stored, so that the next owner goes on with it after a crash. */
export type RollbackSteps = Untouched & {
  readonly steps: readonly Step[]
  readonly returns: readonly Return[]
  /** Entries of the inventory afterwards: of what the steps do not touch. */
  readonly stays: readonly InventoryEntry[]
  /** Of what the steps touch, as the entry was before; one that is missing here is not ours afterwards. */
  readonly entries: readonly InventoryEntry[]
  /** What is as it was already, and has to be healthy too. */
  readonly same: readonly ObjectRef[]
  /** What is run beside the steps, in that order; missing where nothing is. */
  readonly hooks?: readonly Hook[]
  /** Objects that the undone syncs have touched. */
  readonly processed: number
}
