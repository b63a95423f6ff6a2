import { formatDuration } from '../../duration.ts'
import type { Fault } from '../../fault.ts'
import { shortDigest } from '../state/plan-reference.ts'
import type { PlanSummary } from '../../plan/plan.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { MadePlan } from '../events/made-plan.ts'
import type { SyncMetrics, SyncTrigger } from '../sync-result.ts'
import { waitsForPerson } from '../decisions/rollback-decisions.ts'
import type { Approval, Pause } from '../state/gate-state.ts'
import { runningHooksText } from '../state/hook-state.ts'
import type { Retry } from '../state/retry-state.ts'
import { openRollbackText, undoneText } from './rollback-status.ts'
import type { Drift, Unhealthy } from '../state/drift-state.ts'
import { driftOf, driftText, unhealthyText } from '../state/drift-status.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import { initialWorkflow } from '../state/state.ts'
import type { EndedSync, OpenSync, Workflow } from '../state/state.ts'

/** The seed's five words. */
export type StatusWord = 'active' | 'syncing' | 'synced' | 'degraded' | 'failed'

export type SyncResult = {
  readonly id: string
  readonly status: 'running' | 'succeeded' | 'failed'
  readonly start_time: string
  readonly end_time: string | null
  readonly commit_hash: string | null
  readonly message: string
  readonly faults: readonly Fault[]
  readonly metrics: {
    readonly duration: string
    readonly resources_processed: number
    readonly resources_applied: number
    readonly resources_skipped: number
    readonly conflicts_resolved: number
  } | null
}

export type RollbackResult = {
  readonly id: string
  readonly status: 'running' | 'succeeded' | 'failed'
  readonly trigger: SyncTrigger
  readonly reason: string
  /** What is put back; null for the state before the first sync. */
  readonly revision: string | null
  readonly from_revision: string | null
  readonly message: string
  readonly faults: readonly Fault[]
  readonly metrics: SyncResult['metrics']
  readonly kept: readonly string[]
  readonly left: readonly string[]
}

/** What a status query answers. Instants are ISO 8601. */
export type WorkflowStatus = {
  readonly id: string
  readonly name: string
  readonly status: StatusWord
  /** One sentence: why the status is what it is, and what comes next. */
  readonly reason: string
  readonly auto_sync: boolean
  readonly repository: string
  readonly target_path: string
  readonly revision: string | null
  readonly pending: { readonly revision: string; readonly plan: string; readonly summary: PlanSummary } | null
  readonly last_sync_result: SyncResult | null
  /** One that is under way, or the newest, unless a sync came after it. */
  readonly last_rollback: RollbackResult | null
  readonly rejected: readonly { readonly revision: string; readonly reason: string }[]
  /** Auto-sync goes on only when a person has looked at the workflow. */
  readonly waits_for_person: boolean
  /** Who keeps the workflow from syncing by itself, and why. */
  readonly paused: Pause | null
  /** The plan that waits for a person's approval. */
  readonly approval: Approval | null
  /** What differs from what was applied, though nobody of ours changed it. */
  readonly drift: Drift | null
  /** What was applied and turned unhealthy since. */
  readonly unhealthy: Unhealthy | null
  readonly config: WorkflowConfig
}

/** The read model of one workflow: its state, and the instants of the syncs that its events alone do not carry. */
export type WorkflowRow = {
  readonly workflow: Workflow
  readonly startTime: string | null
  readonly endTime: string | null
}

export const initialWorkflowRow: WorkflowRow = { workflow: initialWorkflow, startTime: null, endTime: null }

/** `recordedAt`: when the event was recorded, ISO 8601. */
export function evolveWorkflowRow(row: WorkflowRow, event: WorkflowEvent, recordedAt: string): WorkflowRow {
  const workflow = evolveWorkflow(row.workflow, event)
  switch (event.type) {
    case 'SyncRequested':
      return row.workflow.sync?.started ? { ...row, workflow } : { workflow, startTime: recordedAt, endTime: null }
    case 'SyncSucceeded':
    case 'SyncFailed':
      // The sync that waited begins where this one ends.
      return { workflow, startTime: workflow.sync === null ? row.startTime : recordedAt, endTime: recordedAt }
    case 'SyncSuperseded':
      // One that wrote makes room like one that ended.
      return row.workflow.sync?.id === event.data.sync_id && workflow.sync !== null
        ? { workflow, startTime: recordedAt, endTime: recordedAt }
        : { ...row, workflow, endTime: workflow.sync === null ? recordedAt : row.endTime }
    default:
      return { ...row, workflow }
  }
}

/** undefined for a workflow that does not exist (any more). */
export function workflowStatus({ workflow, startTime, endTime }: WorkflowRow): WorkflowStatus | undefined {
  const { config, plan, applied } = workflow
  if (config === null) return undefined
  const [status, reason] = judge(workflow)
  return {
    id: config.id,
    name: config.name,
    status,
    reason,
    auto_sync: config.auto_sync,
    repository: config.repository,
    target_path: config.target_path,
    revision: applied?.revision ?? null,
    pending:
      plan !== null && plan.summary.total_changes > 0 && workflow.sync === null && !isCarriedOut(workflow)
        ? { revision: plan.revision, plan: plan.digest || plan.plan, summary: plan.summary }
        : null,
    last_rollback: rollbackResult(workflow),
    rejected: workflow.rejected.map(({ revision, reason }) => ({ revision, reason })),
    waits_for_person: waitsForPerson(workflow),
    last_sync_result: syncResult(workflow, startTime ?? '', endTime),
    paused: workflow.paused,
    approval: workflow.sync?.approval?.approved_by === null ? workflow.sync.approval : null,
    drift: driftOf(workflow),
    unhealthy: workflow.unhealthy,
    config,
  }
}

/** Whether the newest sync did all of its plan, though it failed later: by health, or by a hook. */
function isCarriedOut({ plan, carriedOut }: Workflow): boolean {
  if (plan === null || plan.sync_id !== carriedOut?.id || carriedOut.metrics === null) return false
  const {
    resources_processed: processed,
    resources_skipped: unchanged,
    resources_applied: applied,
  } = carriedOut.metrics
  return (carriedOut.stage === 'health' || carriedOut.stage === 'hook') && applied >= processed - unchanged
}

/** Drift and ill health make what is applied degraded; what failed, or writes, says more. */
function judge(workflow: Workflow): [StatusWord, string] {
  const [word, reason] = judgeSyncs(workflow)
  const drift = driftOf(workflow)
  const { unhealthy, sync } = workflow
  const isQuiet = word === 'synced' || word === 'degraded' || (word === 'active' && workflow.applied !== null)
  if (!isQuiet || (drift === null && unhealthy === null)) return [word, reason]
  const said = [
    ...(drift === null ? [] : [driftText(workflow, drift)]),
    ...(unhealthy === null ? [] : [unhealthyText(unhealthy)]),
    ...(word === 'synced' && sync === null ? [] : [reason]),
  ]
  return ['degraded', said.join(' ')]
}

function judgeSyncs(workflow: Workflow): [StatusWord, string] {
  const { config, reconfigured, sync, carriedOut: last, failure, plan, applied, rollback, retry, undone } = workflow
  if (sync?.started)
    return ['syncing', sync.stalled === null ? writingText(sync) : `A sync is held up and tried again: ${sync.stalled}`]
  if (rollback !== null) return ['syncing', openRollbackText(rollback)]
  if (sync !== null && isHeld(sync)) return ['active', heldText(sync)]
  if (sync !== null)
    return ['syncing', sync.plan === null ? 'A sync waits for its plan.' : 'A sync is planned and about to begin.']
  if (retry !== null && last !== null) return ['failed', retryText(failureText(workflow, last), retry)]
  if (reconfigured) return ['active', 'The workflow was changed: it is planned anew.']
  if (undone !== null) return ['failed', undoneText(workflow, undone)]
  if (failure !== null)
    return [
      last?.status === 'succeeded' ? 'degraded' : 'failed',
      `The newest revision cannot be planned: ${failure.message}`,
    ]
  if (last?.status === 'failed' && last.stage === 'health') return ['degraded', last.message]
  if (last?.status === 'failed' && last.stage !== null) return ['failed', failureText(workflow, last)]
  if (plan !== null && plan.summary.total_changes > 0) return ['active', waitingText(plan, config?.auto_sync ?? false)]
  if (applied === null) return ['active', 'Never synced.']
  return last?.healthy === false ? ['degraded', last.message] : ['synced', 'The cluster is as Git declares it.']
}

function waitingText({ summary: { conflict_count: conflicts } }: MadePlan, autoSync: boolean): string {
  if (conflicts > 0)
    return `A change waits, and ${conflicts} conflict${conflicts === 1 ? '' : 's'} with it: look at it with diff.`
  return autoSync ? 'A change waits for auto-sync.' : 'A change waits: look at it with diff, apply it with sync.'
}

function writingText({ hooks }: OpenSync): string {
  const running = runningHooksText(hooks)
  return running === undefined ? 'A sync is writing.' : `A sync waits while ${running}.`
}

/** A message has the beginning of what a hook wrote, or its end; the rest is kept. */
function failureText({ config }: Workflow, { message, stage }: EndedSync): string {
  return stage === 'hook'
    ? `${endedSentence(message)} What it wrote, if it ran: \`plimsoll logs ${config?.id ?? ''}\`.`
    : message
}

/** What another sentence can follow. */
export function endedSentence(sentence: string): string {
  return /[.…]$/.test(sentence) ? sentence : `${sentence}.`
}

function retryText(message: string, { failures, at }: Retry): string {
  return `${endedSentence(message)} Try ${failures + 1} begins at ${at}.`
}

/** Whether a planned sync waits for something that is not ours to do. */
function isHeld({ plan, held, approval }: OpenSync): boolean {
  return plan !== null && (held !== null || approval?.approved_by === null)
}

function heldText({ held, approval, plan }: OpenSync): string {
  if (held !== null) return `A sync waits: ${held.message}.`
  const why = approval?.reason ? `, because ${approval.reason}` : ''
  return `A sync waits until somebody approves its plan ${shortDigest(plan?.digest ?? '')}, at the latest at ${approval?.expires_at ?? ''}${why}.`
}

function syncResult({ sync, last }: Workflow, startTime: string, endTime: string | null): SyncResult | null {
  if (sync !== null)
    return {
      id: sync.id,
      status: 'running',
      start_time: startTime,
      end_time: null,
      commit_hash: sync.plan?.revision ?? sync.revision,
      message:
        sync.stalled ??
        (sync.started ? (runningHooksText(sync.hooks) ?? 'Applying') : isHeld(sync) ? heldText(sync) : 'Planning'),
      faults: [],
      metrics: null,
    }
  if (last === null) return null
  return {
    id: last.id,
    status: last.status,
    start_time: startTime,
    end_time: endTime,
    commit_hash: last.revision,
    message: last.message,
    faults: last.faults,
    metrics: last.metrics && {
      duration: formatDuration(last.metrics.duration_ms),
      resources_processed: last.metrics.resources_processed,
      resources_applied: last.metrics.resources_applied,
      resources_skipped: last.metrics.resources_skipped,
      conflicts_resolved: last.metrics.conflicts_resolved,
    },
  }
}

function rollbackResult({ rollback, undone, newest }: Workflow): RollbackResult | null {
  if (rollback !== null) {
    const { id, trigger, reason, revision, started, stalled } = rollback
    const message = stalled ?? (started ? 'Putting back' : 'Waiting')
    const open = { status: 'running', faults: [], metrics: null, kept: [], left: [] } as const
    return { ...open, id, trigger, reason, revision, from_revision: newest?.revision ?? null, message }
  }
  if (undone === null) return null
  const { undo_from: _first, from, metrics, ...ended } = undone
  return { ...ended, from_revision: from, metrics: metricsText(metrics) }
}

function metricsText({ duration_ms: durationMs, ...counts }: SyncMetrics): SyncResult['metrics'] {
  return { duration: formatDuration(durationMs), ...counts }
}
