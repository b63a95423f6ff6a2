import { workflowStatus } from '@plimsoll/domain'
import type { ListWorkflowsRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowStatus } from '../messages/workflow-status-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilRow } from '../wait/until-row.ts'
import { nextPageToken, pageOf } from './page.ts'
import { workOfWorkflow } from './work-of-workflow.ts'
import { listWorkflowRows } from './workflow-row.ts'

export function listWorkflows(dependencies: Dependencies) {
  return async (request: ListWorkflowsRequest, call: Call) => {
    const { log } = dependencies
    const page = pageOf(request)
    await untilRow(dependencies, call, parseToken(request.minToken, 'min_token'))
    const rows = await listWorkflowRows(log, page)
    const statuses = rows.flatMap(({ row }) => workflowStatus(row) ?? [])
    const wanted = statuses.filter(({ repository }) => request.repository === '' || repository === request.repository)
    return {
      workflows: await Promise.all(
        wanted.map(async (status) => toWorkflowStatus(status, await workOfWorkflow(log, status.id, status.repository))),
      ),
      nextPageToken: nextPageToken(rows.at(-1)?.id, rows.length === page.limit),
    }
  }
}
