import type { Hook } from '../hooks/hook.ts'
import type { KubernetesObject, ObjectRef } from '../object/object-ref.ts'
import type { Conflict } from './plan.ts'
import type { InventoryEntry } from '../object/inventory.ts'

/** The state of a live object that a write was planned for; a write to another state is refused by the API server. */
export type LiveState = {
  readonly uid: string
  readonly resourceVersion: string
  /** Counts changes of what is declared of it, for kinds that have it. */
  readonly generation?: number
}

/** An object of the manifest set: `digest` and `ignoring` are for its inventory entry. */
type Declared = {
  /** What is sent. */
  readonly object: KubernetesObject
  readonly digest: string
  readonly ignoring?: string
  /** JSON pointers of values in it that nobody gets to see, beside those of a Secret; missing where there are none. */
  readonly sensitive?: readonly string[]
}

export type Step =
  | (Declared & { readonly action: 'create' })
  | (Declared & {
      readonly action: 'update'
      readonly live: LiveState
      /** Takes fields from other managers: ours that drifted, or all of them where the policy says so. */
      readonly force: boolean
      /** As Git has it, where ignored fields make what is sent to this live state another. */
      readonly declared?: KubernetesObject
    })
  /** Deletes the object, waits until it is gone, and creates it as Git declares it. */
  | (Declared & { readonly action: 'replace'; readonly live: LiveState })
  | {
      readonly action: 'delete'
      readonly ref: ObjectRef
      readonly live: LiveState
      /** Of the object that goes; missing for 0. */
      readonly wave?: number
      readonly sensitive?: readonly string[]
    }

/** What the syncer carries out: all that changes, with bodies; what stays, by the inventory it stands in. */
export type Steps = {
  readonly workflow_id: string
  readonly revision: string
  readonly tree: string
  readonly manifest_set: string
  /** The inventory that unchanged objects are taken from; null when there is none. */
  readonly base_inventory: string | null
  readonly steps: readonly Step[]
  /** Objects that are as they should be, where the base inventory says otherwise or nothing. */
  readonly kept: readonly InventoryEntry[]
  /** Owned objects that live on although Git no longer has them: pruning is off. They stay in the inventory. */
  readonly leftovers: readonly ObjectRef[]
  /** Inventory entries to forget: neither in Git nor in the cluster. */
  readonly gone: readonly ObjectRef[]
  readonly conflicts: readonly Conflict[]
  /** Objects of the manifest set. */
  readonly processed: number
  /** Objects that the workflow owns before it, those that were found again with its mark among them; missing in older steps. */
  readonly owned?: number
  /** What is run beside the steps, in that order; missing where nothing is. */
  readonly hooks?: readonly Hook[]
}

/** The live objects as they were just before they were changed. */
export type Backup = { readonly objects: readonly KubernetesObject[] }
