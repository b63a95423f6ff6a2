import { isId, workflowStatus, workflowStream } from '@plimsoll/domain'
import type { GetWorkflowStatusRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowStatus } from '../messages/workflow-status-message.ts'
import { formatToken, parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { shown } from './status-model.ts'
import { failingWork } from './work-of-workflow.ts'
import { noWorkflow } from './workflow-of.ts'

export function getWorkflowStatus(dependencies: Dependencies) {
  return async ({ workflowId: id, minToken }: GetWorkflowStatusRequest, call: Call) => {
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    const answer = await statusOf(dependencies, id)
    if (answer?.workflow === undefined) throw await noWorkflow(dependencies.log, id)
    return answer
  }
}

/** What is shown of a workflow, without a `workflow` when it is deleted; undefined when there never was one. */
export async function statusOf({ log }: Pick<Dependencies, 'log'>, id: string) {
  const row = isId(id) ? await shown(log, 'workflow', id) : undefined
  if (row === undefined) return undefined
  const token = formatToken(workflowStream(id), row.version)
  const status = workflowStatus(row.body)
  if (status === undefined) return { token, version: row.version }
  const failing = await failingWork(log, [status])
  return { workflow: toWorkflowStatus(status, failing.get(id) ?? []), token, version: row.version }
}
