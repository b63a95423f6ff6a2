import type { Fault } from '../fault.ts'
import type { WorkflowConfig } from './config.ts'
import type { FailureStage, MadePlan, SyncMetrics, SyncTrigger, WorkflowEvent } from './events.ts'
import { evolveSync } from './evolve-sync.ts'
import type { GateEvent } from './gate-events.ts'
import { evolveGates } from './gate-state.ts'
import type { Gated, Pause } from './gate-state.ts'
import type { AskedPreview, PreviewEvent } from './preview-events.ts'
import { evolvePreviews } from './previews.ts'
import type { RetryEvent } from './retry-events.ts'
import { evolveRetry } from './retry-state.ts'
import type { Retry } from './retry-state.ts'
import type { RollbackEvent } from './rollback-events.ts'
import { evolveRollback } from './rollback-state.ts'
import type { SyncEvent } from './sync-events.ts'
import type { EndedRollback, NewestSync, OpenRollback, Rejection, RollbackPreview } from './rollback-state.ts'

export type RequestedSync = {
  readonly id: string
  readonly trigger: SyncTrigger
  readonly revision: string | null
  /** Digest of the only plan that may be carried out; null: any. */
  readonly exactly: string | null
  readonly by: string | null
}

/** A sync between its request and its end. Its plan comes before its start. */
export type OpenSync = RequestedSync &
  Gated & {
    readonly plan: MadePlan | null
    readonly started: { readonly backup: string; readonly inventory: string; readonly attempt: number } | null
    readonly stalled: string | null
    /** Objects that its waves came to so far; null before the first. With none there is nothing to undo. */
    readonly touched: number | null
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

/** What the last successful sync left in the cluster. */
export type AppliedSet = {
  readonly revision: string
  readonly tree: string
  readonly paths: readonly string[]
  readonly manifest_set: string
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
  readonly leaving: { readonly config: WorkflowConfig; readonly cascade: boolean } | null
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
}

/** What was planned before is void; a sync that has not begun is planned anew, one that writes goes on. */
function reconfigure(workflow: Workflow, config: WorkflowConfig): Workflow {
  const { sync } = workflow
  return {
    ...workflow,
    config,
    reconfigured: true,
    tried: null,
    retry: null,
    plan: null,
    failure: null,
    sync: sync === null || sync.started ? sync : { ...sync, plan: null },
  }
}

/** The newest configuration is planned; what is planned while a sync writes is void when it ends. */
function answered({ sync, reconfigured }: Workflow): Pick<Workflow, 'wanted' | 'reconfigured'> {
  return { wanted: null, reconfigured: reconfigured && sync !== null && sync.started !== null }
}

type Family<Event extends WorkflowEvent> = (workflow: Workflow, event: Event) => Workflow

/** The events of the workflow itself and of its plans. */
type OwnEvent = Exclude<WorkflowEvent, GateEvent | PreviewEvent | RetryEvent | RollbackEvent | SyncEvent>

const evolveOwn: Family<OwnEvent> = (workflow, { type, data }) => {
  switch (type) {
    case 'WorkflowCreated':
      // Created anew before its objects were let go, it still owns them.
      return { ...initialWorkflow, config: data, inventory: workflow.inventory }
    case 'WorkflowChanged':
      return reconfigure(workflow, data)
    case 'DecryptionKeyChanged':
      return workflow.config === null ? workflow : reconfigure(workflow, workflow.config)
    case 'WorkflowDeleted':
      return {
        ...workflow,
        config: null,
        leaving: workflow.config === null ? null : { config: workflow.config, cascade: data.cascade },
        rollback: null,
        rollbackPreview: null,
      }
    case 'WorkflowReleased':
      return initialWorkflow
    case 'PlanRequested':
      return { ...workflow, wanted: { revision: data.revision } }
    case 'PlanMade':
      return {
        ...workflow,
        ...answered(workflow),
        plan: data,
        failure: null,
        sync: workflow.sync?.id === data.sync_id ? { ...workflow.sync, plan: data } : workflow.sync,
      }
    case 'PlanFailed':
      return { ...workflow, ...answered(workflow), plan: null, failure: data }
  }
}

const evolvePreview: Family<PreviewEvent> = (workflow, event) => ({
  ...workflow,
  previews: evolvePreviews(workflow.previews, event),
})

/** Which family an event belongs to. */
const families: { readonly [Type in WorkflowEvent['type']]: Family<Extract<WorkflowEvent, { readonly type: Type }>> } =
  {
    WorkflowCreated: evolveOwn,
    WorkflowChanged: evolveOwn,
    DecryptionKeyChanged: evolveOwn,
    WorkflowDeleted: evolveOwn,
    WorkflowReleased: evolveOwn,
    PlanRequested: evolveOwn,
    PlanMade: evolveOwn,
    PlanFailed: evolveOwn,
    PreviewRequested: evolvePreview,
    PreviewMade: evolvePreview,
    RevisionRendered: evolvePreview,
    PreviewFailed: evolvePreview,
    SyncRequested: evolveSync,
    SyncStarted: evolveSync,
    SyncStalled: evolveSync,
    BackupExtended: evolveSync,
    WaveApplied: evolveSync,
    SyncSucceeded: evolveSync,
    SyncFailed: evolveSync,
    SyncSuperseded: evolveSync,
    RetryScheduled: evolveRetry,
    WorkflowPaused: evolveGates,
    WorkflowResumed: evolveGates,
    SyncHeld: evolveGates,
    ApprovalRequested: evolveGates,
    SyncApproved: evolveGates,
    SyncRefused: evolveGates,
    CancelRequested: evolveGates,
    RollbackRequested: evolveRollback,
    RollbackPlanRequested: evolveRollback,
    RollbackPlanned: evolveRollback,
    RollbackStarted: evolveRollback,
    RollbackStalled: evolveRollback,
    RollbackSucceeded: evolveRollback,
    RollbackFailed: evolveRollback,
    RevisionRejected: evolveRollback,
    RevisionReinstated: evolveRollback,
  }

export function evolveWorkflow(workflow: Workflow, event: WorkflowEvent): Workflow {
  const evolve: Family<never> = families[event.type]
  return evolve(workflow, event as never)
}
