import type { PlanSummaryV1 } from '@plimsoll/proto'
import type { Fault } from '../errors.ts'
import type { Drift, IllHealth } from './drift.ts'
import type { Moment } from './options.ts'
import type { WorkflowConfig } from './workflow-config.ts'

export type WorkflowStatus = {
  readonly id: string
  readonly name: string
  /**
   * `active`: never synced, or a change waits. `syncing`: a sync or a rollback writes. `synced`: applied and healthy.
   * `degraded`: applied, then unhealthy or changed by others. `failed`: the last sync failed, also when it was rolled back.
   */
  readonly status: 'active' | 'syncing' | 'synced' | 'failed' | 'degraded'
  /** One sentence: why, and what comes next. */
  readonly reason: string
  readonly auto_sync: boolean
  readonly repository: string
  readonly target_path: string
  /** What the cluster was last brought to; empty before the first sync. */
  readonly revision: string
  /** A change that waits to be applied. */
  readonly pending?: PendingChange
  /** Absent before the first sync. */
  readonly last_sync_result?: SyncResult
  /** Absent unless the newest sync was rolled back. */
  readonly last_rollback?: RollbackResult
  /** What rollbacks have undone and auto-sync does not bring back. */
  readonly rejected: readonly RejectedRevision[]
  /** After too many automatic rollbacks in a row auto-sync waits until somebody reinstates or syncs. */
  readonly waits_for_person: boolean
  /** What the engine could not do. Of now only: none in a status of the past. */
  readonly conditions: readonly Condition[]
  /** With all defaults filled in. */
  readonly config: WorkflowConfig
  readonly paused?: Pause
  /** The plan of a sync that waits for approval. */
  readonly approval?: PendingApproval
  /** Live objects differ from what was last applied. */
  readonly drift?: Drift
  /** What was applied turned unhealthy after its sync. */
  readonly ill_health?: IllHealth
  /** The moment that was asked for with `at`. */
  readonly moment?: Moment
}

export type SyncResult = {
  readonly id: string
  /** A sync that waits is `running`; one that was superseded is `failed`, with a message. */
  readonly status: 'running' | 'succeeded' | 'failed'
  /** RFC 3339 */
  readonly start_time?: string
  /** RFC 3339; absent while it runs. */
  readonly end_time?: string
  readonly commit_hash: string
  readonly message: string
  readonly metrics?: SyncMetrics
  readonly faults: readonly Fault[]
}

export type SyncMetrics = {
  /** A duration such as `45.2s`. */
  readonly duration: string
  readonly resources_processed: number
  readonly resources_applied: number
  readonly resources_skipped: number
  readonly conflicts_resolved: number
}

export type RollbackResult = {
  readonly id: string
  readonly status: 'running' | 'succeeded' | 'failed'
  /** `auto`: a failure brought it about. */
  readonly trigger: 'manual' | 'auto'
  readonly reason: string
  /** What is put back; empty for the state before the first sync. */
  readonly revision: string
  /** What was undone. */
  readonly from_revision: string
  readonly message: string
  readonly faults: readonly Fault[]
  readonly metrics?: SyncMetrics
  /** Objects that the undone syncs added and that are never removed unasked. */
  readonly kept: readonly string[]
  /** Objects that someone else changed meanwhile, with the reason. */
  readonly left: readonly string[]
}

export type PendingChange = {
  readonly revision: string
  /** Digest of the plan, over what it would do. */
  readonly plan: string
  readonly summary?: PlanSummaryV1
}

export type RejectedRevision = { readonly revision: string; readonly reason: string }

export type Condition = {
  /** `retrying`, `parked`, `drifted`, `contested`, `unhealthy`, `dependency_missing` or `credentials_expired`; more may come. */
  readonly type: string
  /** What it is about: `plan`, `write`, `drift` or `repository`. */
  readonly role: string
  readonly message: string
  /** When it is tried again or put back, RFC 3339. */
  readonly retry_at?: string
}

export type Pause = { readonly by: string; readonly reason: string }

export type PendingApproval = {
  /** Digest of the plan. */
  readonly plan: string
  /** RFC 3339 */
  readonly expires_at?: string
  /** What asks for it: the workflow's policy, or how much would be deleted. */
  readonly reason: string
}

/** An object that a workflow owns, or owned. */
export type OwnedObject = {
  readonly api_version: string
  readonly kind: string
  /** Empty for what is in no namespace. */
  readonly namespace: string
  readonly name: string
  /** Empty while a sync is about to create it, and if that failed. */
  readonly uid: string
}
