import { boundFaults, boundText, faultsText, isSameReason } from '../../fault.ts'
import type { Fault } from '../../fault.ts'
import { isPlanReference } from '../state/plan-reference.ts'
import { approvalReasons } from '../settings/approval.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import { noMetrics } from '../sync-result.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { MadePlan } from '../events/made-plan.ts'
import type { FailureStage } from '../sync-result.ts'
import type { Gate } from '../events/gate-events.ts'
import type { OpenSync, Workflow } from '../state/state.ts'

type Decision = (workflow: Workflow) => WorkflowEvent[]

/** Keeps a workflow from syncing by itself; what writes goes on to its end. */
export function pauseWorkflow(by: string, reason: string): Decision {
  return ({ config, paused }) =>
    config === null || paused !== null ? [] : [{ type: 'WorkflowPaused', data: { by, reason: boundText(reason) } }]
}

export function resumeWorkflow(by: string): Decision {
  return ({ config, paused }) => (config === null || paused === null ? [] : [{ type: 'WorkflowResumed', data: { by } }])
}

/** Says once what holds a planned sync back. */
export function holdSync(syncId: string, gate: Gate, reason: string): Decision {
  const message = boundText(reason)
  return ({ sync }) => {
    if (sync?.id !== syncId || sync.started !== null) return []
    if (sync.held?.gate === gate && isSameReason(sync.held.message, message)) return []
    return [{ type: 'SyncHeld', data: { sync_id: syncId, gate, message } }]
  }
}

/**
 * Why a planned sync still waits for a person's approval; nothing when it does not. `guards`: what asks for one whatever the
 * workflow's policy says.
 */
export function awaitsApproval(
  { approval: config }: WorkflowConfig,
  { approval }: OpenSync,
  plan: MadePlan,
  guards: readonly string[] = [],
): readonly string[] {
  if (approval?.plan === plan.digest && approval.approved_by !== null) return []
  return [...approvalReasons(config, plan.summary.highest_impact), ...guards]
}

/** Asks for the approval of a planned sync; asked for already, and for this very plan, it stands. */
export function askForApproval(syncId: string, expiresAt: Date, reasons: readonly string[]): Decision {
  return ({ sync }) => {
    if (sync?.id !== syncId || sync.plan === null || sync.approval?.plan === sync.plan.digest) return []
    const reason = boundText(reasons.join('; '))
    const data = { sync_id: syncId, plan: sync.plan.digest, expires_at: expiresAt.toISOString(), reason }
    return [{ type: 'ApprovalRequested', data }]
  }
}

/** Why an approval cannot be given. */
export type ApprovalRefusal = 'nothing-waits' | 'another-plan' | 'own-request'

/** Whether this person may approve this plan now. `plan` is a digest, or its beginning. */
export function approvalRefusal({ config, sync }: Workflow, plan: string, by: string): ApprovalRefusal | undefined {
  if (config === null || sync?.approval?.approved_by !== null) return 'nothing-waits'
  if (!isPlanReference(plan, sync.approval.plan)) return 'another-plan'
  return sync.by === by && !config.approval.allow_requester ? 'own-request' : undefined
}

export function approveSync(plan: string, by: string, reason: string): Decision {
  return (workflow) => {
    const { sync } = workflow
    if (sync?.approval?.approved_by !== null || approvalRefusal(workflow, plan, by) !== undefined) return []
    const data = { sync_id: sync.id, plan: sync.approval.plan, by, reason: boundText(reason) }
    return [{ type: 'SyncApproved', data }]
  }
}

/** Ends a sync that waits for approval. */
export function refuseSync(by: string, reason: string): Decision {
  return (workflow) => {
    const { sync } = workflow
    if (sync?.approval?.approved_by !== null) return []
    const why = boundText(reason)
    return [
      { type: 'SyncRefused', data: { sync_id: sync.id, by, reason: why } },
      notBegun(sync, 'approval', `${by} refused the plan${why === '' ? '' : `: ${why}`}`),
    ]
  }
}

/** Ends a sync that nobody approved in time. */
export function expireApproval(syncId: string, now: Date): Decision {
  return ({ sync }) => {
    if (sync?.id !== syncId || sync.started !== null || sync.approval?.approved_by !== null) return []
    if (Date.parse(sync.approval.expires_at) > now.getTime()) return []
    return [notBegun(sync, 'approval', `nobody approved the plan before ${sync.approval.expires_at}`)]
  }
}

/** Ends a sync that would need an approval and has no plan that could be approved: its workflow makes none. */
export function refuseUnapproved(syncId: string, workflowId: string, reasons: readonly string[]): Decision {
  return ({ sync }) => {
    if (sync?.id !== syncId || sync.started !== null) return []
    const faults = reasons.map((because) => ({
      what: 'the sync needs an approval, and has no plan to approve',
      where: `workflow ${workflowId}`,
      because,
      try: `set diff_preview with \`plimsoll workflow update ${workflowId} --diff-preview\`; or raise sync_policy.prune_budget`,
    }))
    return [notBegun(sync, 'approval', faultsText(faults), boundFaults(faults))]
  }
}

/** Ends a sync that did not begin, and further tries; one that writes is told to stop before its next object. */
export function cancelSync(by: string, reason: string): Decision {
  const why = boundText(reason)
  return ({ sync, retry }) => {
    if (sync === null && retry !== null)
      return [{ type: 'CancelRequested', data: { sync_id: retry.next_sync_id, by, reason: why } }]
    if (sync === null || sync.cancelled !== null) return []
    return sync.started === null
      ? [notBegun(sync, 'cancelled', cancelledText(by, why))]
      : [{ type: 'CancelRequested', data: { sync_id: sync.id, by, reason: why } }]
  }
}

export function cancelledText(by: string, reason: string): string {
  return `cancelled by ${by}${reason === '' ? '' : `: ${reason}`}`
}

function notBegun(
  { id, plan, revision }: OpenSync,
  stage: FailureStage,
  message: string,
  faults: readonly Fault[] = [],
): WorkflowEvent {
  return {
    type: 'SyncFailed',
    data: {
      sync_id: id,
      revision: plan?.revision ?? revision,
      stage,
      message,
      faults,
      inventory: null,
      metrics: noMetrics,
    },
  }
}
