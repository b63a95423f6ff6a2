import type { Fault } from '../fault.ts'
import type { PlanSummary } from '../plan.ts'
import type { WorkflowConfig } from './config.ts'
import type { DriftEvent } from './drift-events.ts'
import type { GateEvent } from './gate-events.ts'
import type { HookEvent } from './hook-events.ts'
import type { PreviewEvent } from './preview-events.ts'
import type { RetentionEvent } from './retention-events.ts'
import type { RetryEvent } from './retry-events.ts'
import type { RollbackEvent } from './rollback-events.ts'
import type { SyncEvent } from './sync-events.ts'

/** The seed's metrics of a sync; the duration in milliseconds, shown as `45.2s`. */
export type SyncMetrics = {
  readonly duration_ms: number
  readonly resources_processed: number
  readonly resources_applied: number
  readonly resources_skipped: number
  readonly conflicts_resolved: number
}

/** Of a sync that came to no object. */
export const noMetrics: SyncMetrics = {
  duration_ms: 0,
  resources_processed: 0,
  resources_applied: 0,
  resources_skipped: 0,
  conflicts_resolved: 0,
}

/** By a person, by itself for a new revision, or by itself to put back what drifted. */
export type SyncTrigger = 'manual' | 'auto' | 'heal'
export type FailureStage =
  'source' | 'render' | 'plan' | 'approval' | 'hook' | 'apply' | 'prune' | 'health' | 'cancelled'

/**
 * A plan as the log knows it; `plan`, `steps` and `manifest_set` name blobs.
 * `plan` is what people read, `steps` what the syncer carries out (sealed), `manifest_set` what was rendered (sealed).
 */
export type MadePlan = {
  readonly revision: string
  /** Tells what lay at `paths`, the Git id of a single folder, else a digest: the same renders to the same manifest set. */
  readonly tree: string
  /**
   * The folders and files of the repository that the render could read: a commit that changes none of them changes
   * nothing. Empty in a plan of an older version: its target path.
   */
  readonly paths: readonly string[]
  /** Over what it would do: plans of the same digest do the same. Empty in a plan of an older version. */
  readonly digest: string
  readonly plan: string
  readonly steps: string
  readonly manifest_set: string
  /** Over the objects of the manifest set, whatever files they come from. Empty in a plan of an older version. */
  readonly objects: string
  readonly summary: PlanSummary
  /** The sync that this plan is for; null for a preview. */
  readonly sync_id: string | null
}

/** What becomes of the objects of a workflow that is deleted: left, or deleted too; `prune_kept`: also those that are never removed unasked. */
export type Deletion = { readonly cascade: boolean; readonly prune_kept: boolean }

// Stored in the event log: rename or reshape only with an upcaster.
export type WorkflowEvent =
  | DriftEvent
  | GateEvent
  | HookEvent
  | PreviewEvent
  | RetentionEvent
  | RetryEvent
  | RollbackEvent
  | SyncEvent
  | { readonly type: 'WorkflowCreated'; readonly data: WorkflowConfig }
  | { readonly type: 'WorkflowChanged'; readonly data: WorkflowConfig }
  | { readonly type: 'WorkflowDeleted'; readonly data: Deletion }
  /** Another key for encrypted files was given; only its public side (`age1…`) is told. Empty: it was taken away. */
  | { readonly type: 'DecryptionKeyChanged'; readonly data: { readonly recipients: readonly string[] } }
  | { readonly type: 'WorkflowReleased'; readonly data: { readonly deleted: number; readonly kept: readonly string[] } }
  | { readonly type: 'PlanRequested'; readonly data: { readonly revision: string | null } }
  | { readonly type: 'PlanMade'; readonly data: MadePlan }
  | {
      readonly type: 'PlanFailed'
      readonly data: {
        readonly revision: string | null
        /** As in a plan; null when there is nothing at the only path. */
        readonly tree: string | null
        readonly paths: readonly string[]
        readonly stage: FailureStage
        readonly message: string
        readonly faults: readonly Fault[]
        readonly sync_id: string | null
      }
    }
