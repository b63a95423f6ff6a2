import type { Hook } from './hooks/hook.ts'
import type { KubernetesObject, ObjectRef } from './object-ref.ts'
import type { Conflict } from './plan.ts'

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

/** An object as Git declares it; `digest` is over its canonical form, `line` is where its document begins. */
export type RenderedObject = {
  readonly object: KubernetesObject
  readonly line: number
  readonly digest: string
  /** JSON pointers of values that came out of decryption; missing where there are none. */
  readonly sensitive?: readonly string[]
}

/** A rendered revision, by file, so that the next revision parses only what changed. */
export type ManifestSet = {
  /** Digest of all that the render could read and how it was made: what has the same is not rendered again. */
  readonly key?: string
  readonly renderer?: 'plain' | 'kustomize' | 'helm'
  /** The public side of the keys that opened its encrypted files; missing where there are none. */
  readonly opened_by?: readonly string[]
  readonly files: readonly {
    readonly path: string
    /** Git id of the file; empty if it is what a program made of several. */
    readonly blob: string
    readonly objects: readonly RenderedObject[]
  }[]
  /** What Helm would run at a point of a release; missing where there is nothing of the kind. */
  readonly hooks?: readonly RenderedHook[]
}

/** An object that is run rather than kept, by its `helm.sh/hook` annotations. */
export type RenderedHook = {
  readonly object: KubernetesObject
  readonly path: string
  /** `pre-install`, `post-upgrade`, … */
  readonly events: readonly string[]
  readonly weight: number
  readonly delete_policies: readonly string[]
  readonly sensitive?: readonly string[]
}

/** The live objects as they were just before they were changed. */
export type Backup = { readonly objects: readonly KubernetesObject[] }
