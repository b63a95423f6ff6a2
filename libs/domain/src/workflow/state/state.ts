import type { Fault } from '../../fault.ts'
import type { AppliedSet } from './applied-set.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { Deletion } from '../events/events.ts'
import type { MadePlan } from '../events/made-plan.ts'
import type { FailureStage, SyncMetrics, SyncTrigger } from '../sync-result.ts'
import type { Drift, HealedObject, Unhealthy } from './drift-state.ts'
import type { Gated, Pause } from './gate-state.ts'
import type { HookRecord } from './hook-state.ts'
import type { AskedPreview } from '../events/preview-events.ts'
import type { Retry } from './retry-state.ts'
import type { EndedRollback, NewestSync, OpenRollback, Rejection, RollbackPreview } from './rollback-state.ts'

export type RequestedSync = {
  readonly id: string
  readonly trigger: SyncTrigger
  readonly revision: string | null
  /** Digest of the only plan that may be carried out; null: any. */
  readonly exactly: string | null
  readonly by: string | null
  readonly prune_kept: boolean
}

/** A sync between its request and its end. Its plan comes before its start. */
export type OpenSync = RequestedSync &
  Gated & {
    readonly plan: MadePlan | null
    readonly started: { readonly backup: string; readonly inventory: string; readonly attempt: number } | null
    /** As the workflow stood when it began: it is carried out so, whoever takes it up. null before. */
    readonly config: WorkflowConfig | null
    readonly stalled: string | null
    /** Objects that its waves came to so far; null before the first. With none there is nothing to undo. */
    readonly touched: number | null
    /** Those that were begun, with what came of them. */
    readonly hooks: readonly HookRecord[]
  }

export type EndedSync = {
  readonly id: string
  readonly status: 'succeeded' | 'failed'
  readonly revision: string | null
  readonly message: string
  readonly stage: FailureStage | null
  readonly faults: readonly Fault[]
  readonly metrics: SyncMetrics | null
  readonly healthy: boolean
}

export type PlanFailure = {
  readonly revision: string | null
  readonly tree: string | null
  readonly paths: readonly string[]
  readonly stage: FailureStage
  readonly message: string
  readonly faults: readonly Fault[]
}

export type Workflow = {
  readonly config: WorkflowConfig | null
  readonly paused: Pause | null
  /** Set between deletion and the release of the objects. */
  readonly leaving: (Deletion & { readonly config: WorkflowConfig }) | null
  /** A preview was asked for and is not answered yet: of this revision, or of the newest. */
  readonly wanted: { readonly revision: string | null } | null
  /** Previews of other revisions that were asked for and are not answered yet, in that order. */
  readonly previews: readonly AskedPreview[]
  /** The configuration is newer than the plan and than what was applied. */
  readonly reconfigured: boolean
  readonly plan: MadePlan | null
  readonly failure: PlanFailure | null
  readonly sync: OpenSync | null
  /** Asked for while another sync writes; the newest request stays. */
  readonly next: RequestedSync | null
  readonly last: EndedSync | null
  /** The newest sync that was carried out: one that was superseded says nothing about the cluster. */
  readonly carriedOut: EndedSync | null
  /** The revision that was carried out last with this configuration: what failed is not tried again by itself. */
  readonly tried: string | null
  readonly applied: AppliedSet | null
  readonly inventory: string | null
  /** The newest sync failed, and is tried again. */
  readonly retry: Retry | null
  /** Asked for or writing; no sync begins before it has ended. */
  readonly rollback: OpenRollback | null
  /** Asked to be shown, not done. */
  readonly rollbackPreview: RollbackPreview | null
  /** The newest sync that wrote to the cluster. */
  readonly newest: NewestSync | null
  /** How the newest rollback ended; null once a later sync was carried out. */
  readonly undone: EndedRollback | null
  /** What is not synced again before a person, or the sync of another manifest set, lifts it. */
  readonly rejected: readonly Rejection[]
  /** How many automatic rollbacks there were in a row. */
  readonly rollbacksInARow: number
  /** What differs from what was applied, though nobody of ours changed it. */
  readonly drift: Drift | null
  /** What drifted not long ago: its next heal waits longer. */
  readonly healed: readonly HealedObject[]
  /** What was applied and turned unhealthy since. */
  readonly unhealthy: Unhealthy | null
}

export const initialWorkflow: Workflow = {
  config: null,
  paused: null,
  leaving: null,
  wanted: null,
  previews: [],
  reconfigured: false,
  plan: null,
  failure: null,
  sync: null,
  next: null,
  last: null,
  carriedOut: null,
  tried: null,
  applied: null,
  inventory: null,
  retry: null,
  rollback: null,
  rollbackPreview: null,
  newest: null,
  undone: null,
  rejected: [],
  rollbacksInARow: 0,
  drift: null,
  healed: [],
  unhealthy: null,
}
