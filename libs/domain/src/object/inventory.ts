import type { ObjectRef } from './object-ref.ts'

/** An object that a workflow owns, as it was after its last apply. Only these can be pruned. */
export type InventoryEntry = ObjectRef & {
  readonly uid: string
  /** Digest of the manifest that was applied. */
  readonly digest: string
  /** Digest of the fields that were ours in the live object. */
  readonly owned: string
  /** Digest of the workflow's ignore rules that were about it; missing where none was. */
  readonly ignoring?: string
  /** JSON pointers of values that were written to it and that nobody gets to see; missing where there are none. */
  readonly sensitive?: readonly string[]
  /** We made it, under this uid: the API server answered that it created it. A rollback deletes nothing else. */
  readonly created?: true
}

export type Inventory = { readonly entries: readonly InventoryEntry[] }
