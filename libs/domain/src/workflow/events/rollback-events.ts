import type { Fault } from '../../fault.ts'
import type { PlanSummary } from '../../plan/plan.ts'
import type { FailureStage, SyncMetrics, SyncTrigger } from '../sync-result.ts'

/** What a rollback is to undo: a sync with all that came after it. */
export type RollbackTarget = {
  readonly undo_from: string
  /** What the cluster is put back to; null for the state before the first sync. */
  readonly revision: string | null
}

export type RequestedRollback = RollbackTarget & {
  readonly rollback_id: string
  readonly trigger: SyncTrigger
  readonly reason: string
  /** Also puts back what someone else changed meanwhile. */
  readonly force: boolean
  /** The newest manifest set is to blame: it is not synced again by itself. */
  readonly rejects: boolean
}

/** What a rollback did not touch, and why; texts for people. */
export type Untouched = {
  /** Created by a sync that was undone, and of a kind that is never deleted unasked. */
  readonly kept: readonly string[]
  /** Changed by someone else meanwhile, or not to be told apart from what is theirs. */
  readonly left: readonly string[]
}

// Stored in the event log: rename or reshape only with an upcaster.
export type RollbackEvent =
  | { readonly type: 'RollbackRequested'; readonly data: RequestedRollback }
  | {
      readonly type: 'RollbackPlanRequested'
      readonly data: RollbackTarget & { readonly rollback_id: string; readonly force: boolean }
    }
  | {
      readonly type: 'RollbackPlanned'
      readonly data: {
        readonly rollback_id: string
        readonly revision: string | null
        /** Null when it cannot be planned; `message` says why. */
        readonly plan: string | null
        readonly summary: PlanSummary | null
        readonly message: string
        readonly faults: readonly Fault[]
      }
    }
  | {
      readonly type: 'RollbackStarted'
      readonly data: {
        readonly rollback_id: string
        readonly attempt: number
        /** Ids of the syncs that it undoes, the newest first. */
        readonly undoes: readonly string[]
        readonly plan: string
        readonly steps: string
        readonly backup: string
        readonly inventory: string
        readonly resources: number
      }
    }
  | { readonly type: 'RollbackStalled'; readonly data: { readonly rollback_id: string; readonly message: string } }
  | {
      readonly type: 'RollbackSucceeded'
      readonly data: Untouched & {
        readonly rollback_id: string
        readonly undoes: readonly string[]
        /** What is applied again; null when that is nothing. */
        readonly revision: string | null
        readonly tree: string | null
        readonly paths: readonly string[]
        readonly manifest_set: string | null
        readonly inventory: string
        readonly message: string
        readonly metrics: SyncMetrics
        readonly healthy: boolean
      }
    }
  | {
      readonly type: 'RollbackFailed'
      readonly data: Untouched & {
        readonly rollback_id: string
        readonly stage: FailureStage
        readonly message: string
        readonly faults: readonly Fault[]
        readonly inventory: string | null
        readonly metrics: SyncMetrics
      }
    }
  | {
      readonly type: 'RevisionRejected'
      readonly data: {
        readonly rollback_id: string
        readonly revision: string
        /** Digest over the objects of its manifest set, whatever files they come from. */
        readonly objects: string
        readonly reason: string
      }
    }
  | { readonly type: 'RevisionReinstated'; readonly data: { readonly revisions: readonly string[] } }
