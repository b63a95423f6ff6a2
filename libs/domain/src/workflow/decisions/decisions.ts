import { boundText, isSameReason } from '../../fault.ts'
import { isSameJson } from '../../json/json.ts'
import type { ObservedRevision } from '../../repository.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { Deletion, WorkflowEvent } from '../events/events.ts'
import type { MadePlan } from '../events/made-plan.ts'
import type { SyncTrigger } from '../sync-result.ts'
import { rejectionOf, syncsItself } from './rollback-decisions.ts'
import type { OpenRollback, RollbackPreview } from '../state/rollback-state.ts'
import type { OpenSync, Workflow } from '../state/state.ts'
import { supersede } from './supersede.ts'

/** Records a new workflow, or what a later call changed; the same values record nothing. */
/** `decryptionKey`: the public side of a key that is new for the workflow, or empty if it was taken away; none if it stays. */
export function createWorkflow(config: WorkflowConfig, decryptionKey: readonly string[] | null = null) {
  const keyChanged: readonly WorkflowEvent[] =
    decryptionKey === null ? [] : [{ type: 'DecryptionKeyChanged', data: { recipients: decryptionKey } }]
  return (workflow: Workflow): WorkflowEvent[] => {
    if (workflow.config === null) return [{ type: 'WorkflowCreated', data: config }, ...keyChanged]
    if (isSameJson(workflow.config, config)) return [...keyChanged]
    return [{ type: 'WorkflowChanged', data: config }, ...keyChanged]
  }
}

export function deleteWorkflow(cascade: boolean, pruneKept = false) {
  const data = { cascade, prune_kept: cascade && pruneKept }
  return (workflow: Workflow): WorkflowEvent[] => (workflow.config === null ? [] : [{ type: 'WorkflowDeleted', data }])
}

export function requestPlan(revision: string | null) {
  return (workflow: Workflow): WorkflowEvent[] =>
    workflow.config === null ? [] : [{ type: 'PlanRequested', data: { revision } }]
}

/**
 * Asks for a sync, with `plan` of that very plan and no other. One that waits for its plan is superseded; one that writes
 * is followed by this one.
 */
export function requestSync(
  syncId: string,
  trigger: SyncTrigger,
  revision: string | null,
  plan: string | null = null,
  by: string | null = null,
  pruneKept = false,
) {
  return (workflow: Workflow): WorkflowEvent[] => {
    const { sync, next, last } = workflow
    if (workflow.config === null || [sync, next, last].some((known) => known?.id === syncId)) return []
    const waiting = sync?.started ? next : sync
    return [
      ...(waiting === null ? [] : [supersede(waiting.id, syncId)]),
      { type: 'SyncRequested', data: { sync_id: syncId, trigger, revision, plan, by, prune_kept: pruneKept } },
    ]
  }
}

/** What the differ has to do now for a workflow. */
export type Planning =
  | { readonly action: 'none' }
  /** A sync or a rollback writes: its end wakes the workflow again. */
  | { readonly action: 'wait' }
  | {
      readonly action: 'plan'
      readonly revision: string | null
      readonly syncId: string | null
      /** No sync is asked for: the one that writes makes way for the plan, if it only waits for health. */
      readonly isShown?: true
    }
  /** What was applied last is planned again, for a heal. */
  | { readonly action: 'plan-heal'; readonly syncId: string }
  /** The plan stands, only the sync has to be asked for. */
  | { readonly action: 'request-sync' }

/**
 * What a new commit must change to ask for a plan: the paths that the render before it read. If nothing changed there, no
 * reference in those files did either, and a render of the new commit would read the same.
 */
export function watchedBy({ config, plan, failure, applied, reconfigured }: Workflow): readonly string[] {
  const last = reconfigured ? undefined : (failure ?? plan ?? applied)?.paths
  if (last !== undefined && last.length > 0) return last
  return config === null ? [] : [config.target_path]
}

/**
 * Decides from facts alone whether to plan.
 * `tree` tells what the newest revision has at the paths of `watchedBy`, as in a plan; null when the only one is missing.
 */
export function nextPlanning(
  workflow: Workflow,
  newest: { readonly head: ObservedRevision; readonly tree: string | null } | null,
  autoSync: boolean,
): Planning {
  const { config, sync } = workflow
  if (config === null) return { action: 'none' }
  const isWriting = sync?.started || workflow.rollback !== null
  if (!isWriting && sync !== null && sync.plan === null && sync.trigger === 'heal')
    return { action: 'plan-heal', syncId: sync.id }
  if (!isWriting && sync !== null && sync.plan === null)
    return { action: 'plan', revision: sync.revision, syncId: sync.id }
  if (workflow.wanted !== null) return { action: 'plan', revision: workflow.wanted.revision, syncId: null }
  if (isWriting)
    return mayBeOutrun(workflow, newest, autoSync)
      ? { action: 'plan', revision: null, syncId: null, isShown: true }
      : { action: 'wait' }
  if (sync !== null)
    return syncsItself(workflow, autoSync) && isOutrun(sync, newest?.tree ?? null) && !isForHeal(workflow, newest)
      ? { action: 'plan', revision: null, syncId: null }
      : { action: 'wait' }
  if (newest === null) return { action: 'none' }
  if (!isPlanned(workflow, newest.tree)) return { action: 'plan', revision: null, syncId: null }
  return syncsItself(workflow, autoSync) && isPending(workflow) ? { action: 'request-sync' } : { action: 'none' }
}

/** Whether a sync that waits is about an older tree; the one that a person chose or approved by its plan is never outrun. */
function isOutrun({ plan, exactly }: OpenSync, newest: string | null): boolean {
  return exactly === null && newest !== null && plan !== null && plan.tree !== newest
}

/** Whether a newer tree is planned while a sync writes; a changed configuration waits for its end. */
function mayBeOutrun(workflow: Workflow, newest: Parameters<typeof nextPlanning>[1], autoSync: boolean): boolean {
  const { sync, next, rollback, reconfigured } = workflow
  if (!sync?.started || sync.plan === null || sync.trigger === 'heal' || next !== null) return false
  if (rollback !== null || reconfigured || newest === null || newest.tree === null) return false
  return syncsItself(workflow, autoSync) && newest.tree !== sync.plan.tree && !isPlanned(workflow, newest.tree)
}

/** A heal makes way for what is new, not for what was tried or looked at before. */
function isForHeal(workflow: Workflow, newest: Parameters<typeof nextPlanning>[1]): boolean {
  if (workflow.sync?.trigger !== 'heal' || newest === null) return false
  return isPlanned(workflow, newest.tree) || workflow.tried === newest.head.revision
}

/** Whether the newest tree was planned, applied or found faulty already, with the configuration that stands. */
function isPlanned({ plan, failure, applied, reconfigured }: Workflow, tree: string | null): boolean {
  if (reconfigured) return false
  if (failure !== null) return failure.tree === tree
  if (plan !== null) return plan.tree === tree
  return applied !== null && applied.tree === tree
}

/** Whether the plan that stands has not been tried: what failed, or was rolled back, is not tried again by itself. */
function isPending(workflow: Workflow): boolean {
  const { plan, tried } = workflow
  return plan !== null && tried !== plan.revision && rejectionOf(workflow, plan) === undefined
}

/** What has to be written now for a workflow: a sync that writes ends first, then rollbacks come before syncs. */
export type Writing =
  | { readonly action: 'none' }
  | { readonly action: 'sync'; readonly sync: OpenSync; readonly plan: MadePlan; readonly config: WorkflowConfig }
  /** The workflow was deleted: its objects are let go, or deleted too. */
  | ({ readonly action: 'release'; readonly config: WorkflowConfig } & Deletion)
  /** A sync failed and is tried again at this instant, ISO 8601. */
  | { readonly action: 'retry'; readonly at: string }
  | { readonly action: 'roll-back'; readonly rollback: OpenRollback; readonly config: WorkflowConfig }
  /** Shows what a rollback would do, and writes nothing. */
  | { readonly action: 'preview-rollback'; readonly preview: RollbackPreview; readonly config: WorkflowConfig }

export function nextWriting({ config, leaving, sync, retry, rollback, rollbackPreview: preview }: Workflow): Writing {
  if (leaving !== null) return { action: 'release', ...leaving }
  if (config === null) return { action: 'none' }
  if (!sync?.started && rollback !== null) return { action: 'roll-back', rollback, config: rollback.config ?? config }
  if (!sync?.started && preview !== null) return { action: 'preview-rollback', preview, config }
  if (sync === null && retry !== null) return { action: 'retry', at: retry.at }
  if (sync === null || sync.plan === null) return { action: 'none' }
  return { action: 'sync', sync, plan: sync.plan, config: sync.config ?? config }
}

/** Gives up a sync that did not begin: auto-sync was stopped before it could, for all or for this workflow. */
export function withdrawSync(syncId: string, by: string) {
  return ({ sync }: Workflow): WorkflowEvent[] =>
    sync?.id === syncId && sync.started === null ? [supersede(syncId, by)] : []
}

/** Says once why a sync cannot go on for now. */
export function stallSync(syncId: string, reason: string) {
  const message = boundText(reason)
  return ({ sync }: Workflow): WorkflowEvent[] => {
    if (sync?.id !== syncId || (sync.stalled !== null && isSameReason(sync.stalled, message))) return []
    return [{ type: 'SyncStalled', data: { sync_id: syncId, message } }]
  }
}
