import type { WorkflowConfig } from '../settings/config.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { DriftEvent } from '../events/drift-events.ts'
import { evolveDrift, settleDrift } from './evolve-drift.ts'
import { evolveSync } from './evolve-sync.ts'
import type { GateEvent } from '../events/gate-events.ts'
import { evolveGates } from './evolve-gates.ts'
import type { HookEvent } from '../events/hook-events.ts'
import { evolveHooks } from './evolve-hooks.ts'
import type { PreviewEvent } from '../events/preview-events.ts'
import { evolvePreviews } from './previews.ts'
import type { RetentionEvent } from '../events/retention-events.ts'
import type { RetryEvent } from '../events/retry-events.ts'
import { evolveRetry } from './evolve-retry.ts'
import type { RollbackEvent } from '../events/rollback-events.ts'
import { evolveRollback } from './evolve-rollback.ts'
import { initialWorkflow } from './state.ts'
import type { Workflow } from './state.ts'
import type { SyncEvent } from '../events/sync-events.ts'

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

/**
 * The newest configuration is planned; what is planned while a sync writes is void when it ends. The plan of a sync answers
 * no preview: it may be of another commit than the newest.
 */
function answered(
  { sync, reconfigured, wanted }: Workflow,
  syncId: string | null,
): Pick<Workflow, 'wanted' | 'reconfigured'> {
  return {
    wanted: syncId === null ? null : wanted,
    reconfigured: reconfigured && sync !== null && sync.started !== null,
  }
}

type Family<Event extends WorkflowEvent> = (workflow: Workflow, event: Event) => Workflow

/** The events of the workflow itself and of its plans. */
type OwnEvent = Exclude<
  WorkflowEvent,
  DriftEvent | GateEvent | HookEvent | PreviewEvent | RetentionEvent | RetryEvent | RollbackEvent | SyncEvent
>

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
        leaving: workflow.config === null ? null : { config: workflow.config, ...data },
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
        ...answered(workflow, data.sync_id),
        plan: data,
        failure: null,
        sync: workflow.sync?.id === data.sync_id ? { ...workflow.sync, plan: data } : workflow.sync,
      }
    case 'PlanFailed':
      return { ...workflow, ...answered(workflow, data.sync_id), plan: null, failure: data }
  }
}

const evolvePreview: Family<PreviewEvent> = (workflow, event) => ({
  ...workflow,
  previews: evolvePreviews(workflow.previews, event),
})

/** What was dropped is about the past: the workflow stays as it is. */
const evolveRetention: Family<RetentionEvent> = (workflow) => workflow

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
    DriftDetected: evolveDrift,
    DriftHealed: evolveDrift,
    HealthObserved: evolveDrift,
    PreviewRequested: evolvePreview,
    PreviewMade: evolvePreview,
    RevisionRendered: evolvePreview,
    PreviewFailed: evolvePreview,
    SyncRequested: evolveSync,
    SyncStarted: evolveSync,
    SyncStalled: evolveSync,
    BackupExtended: evolveSync,
    HookStarted: evolveHooks,
    HookFinished: evolveHooks,
    WaveApplied: evolveSync,
    SyncSucceeded: evolveSync,
    SyncFailed: evolveSync,
    SyncSuperseded: evolveSync,
    HistoryTrimmed: evolveRetention,
    RetryScheduled: evolveRetry,
    WorkflowPaused: evolveGates,
    WorkflowResumed: evolveGates,
    SyncHeld: evolveGates,
    ApprovalRequested: evolveGates,
    SyncApproved: evolveGates,
    SyncRefused: evolveGates,
    CancelRequested: evolveGates,
    WorkflowUnparked: evolveGates,
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
  return settleDrift(workflow, evolve(workflow, event as never), event)
}
