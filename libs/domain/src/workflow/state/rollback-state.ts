import type { Fault } from '../../fault.ts'
import type { SyncMetrics, SyncTrigger } from '../sync-result.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { HookRecord } from './hook-state.ts'
import type { RequestedRollback, RollbackTarget, Untouched } from '../events/rollback-events.ts'
import type { AppliedSet } from './applied-set.ts'

/** A rollback between its request and its end. */
export type OpenRollback = Omit<RequestedRollback, 'rollback_id'> & {
  readonly id: string
  readonly started: { readonly steps: string; readonly inventory: string; readonly undoes: readonly string[] } | null
  /** As the workflow stood when it began: it is carried out so, whoever takes it up. null before. */
  readonly config: WorkflowConfig | null
  readonly stalled: string | null
  /** Those that were begun, with what came of them. */
  readonly hooks: readonly HookRecord[]
}

export type RollbackPreview = RollbackTarget & { readonly id: string; readonly force: boolean }

export type EndedRollback = RollbackTarget &
  Untouched & {
    readonly id: string
    readonly status: 'succeeded' | 'failed'
    readonly trigger: SyncTrigger
    readonly reason: string
    readonly message: string
    readonly faults: readonly Fault[]
    readonly metrics: SyncMetrics
    /** The revision that was undone. */
    readonly from: string | null
  }

/** A sync that wrote, and what was applied before it. */
export type NewestSync = {
  readonly id: string
  /** The first that wrote after what counts as applied: syncs that failed since are undone together, to what was good. */
  readonly first: string
  readonly revision: string | null
  readonly before: AppliedSet | null
  /** A rollback has put back what was before it. */
  readonly isUndone: boolean
}

export type Rejection = { readonly revision: string; readonly objects: string; readonly reason: string }
