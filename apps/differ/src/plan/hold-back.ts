import { rejectionOf, supersede, triggerOf } from '@plimsoll/domain'
import type { Workflow, WorkflowEvent } from '@plimsoll/domain'
import { rejectedRevision } from '../plan-fault.ts'
import { failedBefore } from './failed-before.ts'

/** Whether what the sync would bring was rejected by a rollback: then its plan is only shown. */
export function isHeldBack([plan]: readonly WorkflowEvent[], syncId: string | null): boolean {
  return syncId !== null && plan?.type === 'PlanMade' && plan.data.sync_id === null
}

/** A sync by itself is not asked for, or given up; a person is told what to do. */
export function holdBack(
  workflow: Workflow,
  outcome: readonly WorkflowEvent[],
  syncId: string | null,
): readonly WorkflowEvent[] {
  const [plan] = outcome
  if (plan?.type !== 'PlanMade' || syncId === null) return outcome
  const rejection = rejectionOf(workflow, plan.data)
  const because = rejection === undefined ? 'a rollback' : `the rollback of ${rejection.revision.slice(0, 8)}`
  return triggerOf(workflow, syncId) === 'auto'
    ? [...outcome, supersede(syncId, because)]
    : [...outcome, failedBefore(syncId, plan.data.revision, 'plan', [rejectedRevision(plan.data.revision, rejection)])]
}
