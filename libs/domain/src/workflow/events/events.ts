import type { Fault } from '../../fault.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { DriftEvent } from './drift-events.ts'
import type { FailureStage } from '../sync-result.ts'
import type { MadePlan } from './made-plan.ts'
import type { GateEvent } from './gate-events.ts'
import type { HookEvent } from './hook-events.ts'
import type { PreviewEvent } from './preview-events.ts'
import type { RetentionEvent } from './retention-events.ts'
import type { RetryEvent } from './retry-events.ts'
import type { RollbackEvent } from './rollback-events.ts'
import type { SyncEvent } from './sync-events.ts'

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
