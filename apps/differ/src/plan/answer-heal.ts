import { supersede } from '@plimsoll/domain'
import type { Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { conflictFault } from '../objects/conflict.ts'
import { failedBefore } from './failed-before.ts'
import type { Dependencies } from './planning.ts'

/** The plan of a heal; a heal of something else than what was agreed to makes way for another. */
export async function answerHeal(
  { planHeal }: Pick<Dependencies, 'planHeal'>,
  workflow: Workflow,
  config: WorkflowConfig,
  { syncId, signal }: { readonly syncId: string; readonly signal: AbortSignal },
): Promise<readonly WorkflowEvent[]> {
  if (workflow.reconfigured) return [supersede(syncId, 'a change of the workflow')]
  const made = await planHeal(workflow, config, signal)
  if (made === undefined) return [supersede(syncId, 'what put the drift back')]
  const { conflicts, changes: _shown, ...plan } = made
  const agreed = workflow.sync?.exactly ?? null
  if (agreed !== null && agreed !== plan.digest)
    return [supersede(syncId, 'other drift than was approved to be put back')]
  const blocking = conflicts.filter((conflict) => conflict.blocking)
  const planned: WorkflowEvent = { type: 'PlanMade', data: { ...plan, sync_id: syncId } }
  return blocking.length === 0
    ? [planned]
    : [planned, failedBefore(syncId, plan.revision, 'plan', blocking.map(conflictFault))]
}
