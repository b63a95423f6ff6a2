import type { ChangeDraft, Conflict, InventoryEntry, KubernetesObject, Step, WorkflowConfig } from '@plimsoll/domain'
import type { Cluster, KubernetesError } from '@plimsoll/kubernetes'
import type { Teller } from './conflict.ts'

/** One object of a manifest set that may differ from what lives. */
export type Candidate = {
  /** As it will be applied: placed and marked. */
  readonly object: KubernetesObject
  readonly digest: string
  /** Digest of the workflow's ignore rules that are about it. */
  readonly ignoring: string | undefined
  readonly entry: InventoryEntry | undefined
  /** What was applied last: tells a field of ours that drifted from one that never was ours. */
  readonly previous: () => Promise<KubernetesObject | undefined>
  /** What lives; undefined if nothing does, as far as can be told before it is asked for. */
  readonly live: () => Promise<KubernetesObject | undefined>
  /** Why the API server cannot be asked yet: its namespace or its kind comes with this very sync. */
  readonly unaskable: string | undefined
  /** What of this very sync may lift a refusal; undefined if nothing does. */
  readonly mendedBy: (error: KubernetesError) => string | undefined
}

export type ObjectPlan =
  /** In sync; `entry` is what to record of it. */
  | { readonly outcome: 'unchanged'; readonly entry: InventoryEntry }
  /** Its annotations say that it is not ours to write. */
  | { readonly outcome: 'left' }
  | {
      readonly outcome: 'step'
      readonly step: Step
      readonly changes: readonly ChangeDraft[]
      /** What the step settles. */
      readonly conflicts: readonly Conflict[]
      /** Why the API server was not asked, or could not say. */
      readonly unasked: string | undefined
      /** What the API server says beside its answer: a version that will go, a level that would be violated. */
      readonly warnings: readonly string[]
    }
  | { readonly outcome: 'conflict'; readonly conflict: Conflict }

export type Planner = Teller & {
  readonly cluster: Cluster
  readonly config: WorkflowConfig
  /** Of the workflow's objects. */
  readonly mark: string
  /** Digest under the cluster's key, for the fields that are ours in a live object. */
  readonly hash: (text: string) => string
  /** Nothing waits for this plan but a reader: what may pass is told, not waited for. */
  readonly isPreview: boolean
  /** Objects that are never removed unasked are planned to go too: somebody asked, and somebody has to approve it. */
  readonly prunesKept?: boolean
  readonly signal: AbortSignal
}

/** What the inventory keeps of the manifest. */
export function recorded({ digest, ignoring }: Candidate): { readonly digest: string; readonly ignoring?: string } {
  return { digest, ...(ignoring !== undefined && { ignoring }) }
}
