import { boundText, isSameReason } from '../../fault.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { FailureMode } from '../settings/sync-policy.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { MadePlan } from '../events/made-plan.ts'
import type { FailureStage, SyncTrigger } from '../sync-result.ts'
import type { RetryEvent } from '../events/retry-events.ts'
import type { RollbackTarget } from '../events/rollback-events.ts'
import type { Rejection } from '../state/rollback-state.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import type { Workflow } from '../state/state.ts'
import { supersede } from './supersede.ts'

/** What an unhealthy outcome comes to: `failure_mode` if it is set, else `rollback_on_failure` decides. */
export function onUnhealthy({ sync_policy: policy, rollback_on_failure: rollsBack }: WorkflowConfig): FailureMode {
  return policy.health_check.failure_mode ?? (rollsBack ? 'rollback' : 'fail')
}

/** Whether a sync that failed is rolled back by itself. What failed before the first write has nothing to put back. */
export function rollsBackOn(stage: FailureStage, config: WorkflowConfig): boolean {
  if (stage === 'health') return onUnhealthy(config) === 'rollback'
  return (stage === 'hook' || stage === 'apply' || stage === 'prune') && config.rollback_on_failure
}

/**
 * What a sync records at its end: its own events, and the rollback that its failure asks for by policy.
 * `rejects`: the failure lies in what the commit declares, not in a cluster that refuses or is away.
 * `retry`: it is tried again, so nothing is rolled back yet.
 */
export type SyncEnding = { readonly rejects: boolean; readonly retry?: ScheduleRetry | undefined }

type ScheduleRetry = (workflow: Workflow) => RetryEvent | undefined

export function endSync(syncId: string, events: readonly WorkflowEvent[], { rejects, retry }: SyncEnding) {
  return (workflow: Workflow): readonly WorkflowEvent[] => {
    const { config, sync, rollback } = workflow
    if (sync?.id !== syncId) return []
    const next = rollback === null ? retry?.(workflow) : undefined
    if (next !== undefined) return [next, ...events]
    const failure = events.find((event) => event.type === 'SyncFailed')
    if (failure === undefined || config === null || sync.started === null || rollback !== null) return events
    // Whoever stops a sync as it fails says what comes next.
    if (sync.cancelled !== null) return events
    // What a heal puts back was good before.
    if (sync.trigger === 'heal' || !rollsBackOn(failure.data.stage, config)) return events
    const target = rollbackTarget(events.reduce(evolveWorkflow, workflow))
    if (target === null) return events
    const asked: WorkflowEvent = {
      type: 'RollbackRequested',
      data: {
        rollback_id: `rollback-of-${syncId}`,
        ...target,
        trigger: 'auto',
        reason: boundText(failure.data.message),
        force: false,
        rejects,
      },
    }
    return [...events, asked]
  }
}

export type RollbackRequest = {
  readonly id: string
  readonly reason: string
  /** Undefined: the newest sync that wrote, or the one that writes now. */
  readonly target?: RollbackTarget | undefined
  readonly force: boolean
}

/**
 * What a rollback would undo: null when there is nothing, as no sync wrote since the last rollback, or none ever did.
 * To go back further it must be said how far.
 */
export function rollbackTarget({ sync, newest, applied }: Workflow): RollbackTarget | null {
  if (sync?.started) return { undo_from: sync.id, revision: applied?.revision ?? null }
  if (newest === null || newest.isUndone) return null
  return { undo_from: newest.first, revision: newest.before?.revision ?? null }
}

/** Asks for a rollback. A sync that waits is superseded; one that writes ends first. One that is asked for already stands. */
export function requestRollback({ id, reason, target: given, force }: RollbackRequest) {
  return (workflow: Workflow): readonly WorkflowEvent[] => {
    const { config, sync, next, rollback, undone } = workflow
    const target = given ?? rollbackTarget(workflow)
    if (config === null || target === null || rollback !== null || undone?.id === id) return []
    const waiting = [sync?.started ? null : sync, next].filter((each) => each !== null)
    return [
      ...waiting.map((each) => supersede(each.id, id)),
      {
        type: 'RollbackRequested',
        data: { rollback_id: id, ...target, trigger: 'manual', reason: boundText(reason), force, rejects: true },
      },
    ]
  }
}

/** Asks what a rollback would do. */
export function previewRollback({ id, target: given, force }: Omit<RollbackRequest, 'reason'>) {
  return (workflow: Workflow): readonly WorkflowEvent[] => {
    const target = given ?? rollbackTarget(workflow)
    if (workflow.config === null || target === null || workflow.rollbackPreview?.id === id) return []
    return [{ type: 'RollbackPlanRequested', data: { rollback_id: id, ...target, force } }]
  }
}

/** Says once why a rollback cannot go on for now. */
export function stallRollback(id: string, reason: string) {
  const message = boundText(reason)
  return ({ rollback }: Workflow): readonly WorkflowEvent[] => {
    if (rollback?.id !== id || (rollback.stalled !== null && isSameReason(rollback.stalled, message))) return []
    return [{ type: 'RollbackStalled', data: { rollback_id: id, message } }]
  }
}

/** A person lifts what rollbacks have rejected, and lets auto-sync go on. */
export function reinstateRevision(workflow: Workflow): readonly WorkflowEvent[] {
  const { rejected } = workflow
  if (rejected.length === 0 && !waitsForPerson(workflow)) return []
  return [{ type: 'RevisionReinstated', data: { revisions: rejected.map(({ revision }) => revision) } }]
}

/** The rejection of what a plan would apply, if a rollback has rejected it. */
export function rejectionOf({ rejected }: Workflow, { objects }: Pick<MadePlan, 'objects'>): Rejection | undefined {
  return objects === '' ? undefined : rejected.find((known) => known.objects === objects)
}

/** Whether auto-sync has to wait until a person has looked at the workflow. */
export function waitsForPerson({ config, rollbacksInARow }: Workflow): boolean {
  return config !== null && rollbacksInARow >= config.sync_policy.rollback_limit
}

/** Whether a workflow syncs by itself, given that auto-sync is on for all. */
export function syncsItself(workflow: Workflow, autoSync: boolean): boolean {
  return autoSync && workflow.config?.auto_sync === true && workflow.paused === null && !waitsForPerson(workflow)
}

/** What the trigger of an open sync is; undefined when there is no such sync. */
export function triggerOf({ sync, next }: Workflow, syncId: string): SyncTrigger | undefined {
  return [sync, next].find((open) => open?.id === syncId)?.trigger
}
