import { isId, workflowStatus, workflowStream } from '@plimsoll/domain'
import type { GetWorkflowStatusRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowStatus } from '../messages/workflow-status-message.ts'
import { formatToken, parseToken } from '../wait/token.ts'
import { untilRow } from '../wait/until-row.ts'
import { noWorkflow } from './workflow-of.ts'
import { workOfWorkflow } from './work-of-workflow.ts'
import { readWorkflowRow } from './workflow-row.ts'

export function getWorkflowStatus(dependencies: Dependencies) {
  return async ({ workflowId: id, minToken }: GetWorkflowStatusRequest, call: Call) => {
    await untilRow(dependencies, call, parseToken(minToken, 'min_token'))
    const shown = await statusOf(dependencies, id)
    if (shown === undefined) throw await noWorkflow(dependencies.log, id)
    return shown
  }
}

/** What is shown of a workflow; undefined when there is none. */
export async function statusOf({ log }: Pick<Dependencies, 'log'>, id: string) {
  const stored = isId(id) ? await readWorkflowRow(log, id) : undefined
  const status = stored && workflowStatus(stored.row)
  if (stored === undefined || status === undefined) return undefined
  const work = await workOfWorkflow(log, id, status.repository)
  return { workflow: toWorkflowStatus(status, work), token: formatToken(workflowStream(id), stored.version) }
}
