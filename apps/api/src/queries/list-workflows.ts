import { isId, workflowStatus } from '@plimsoll/domain'
import type { ListWorkflowsRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowStatus } from '../messages/workflow-status-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { nextPageToken, pageOf } from './page.ts'
import { allShown } from './status-model.ts'
import { failingWork } from './work-of-workflow.ts'

export function listWorkflows(dependencies: Dependencies) {
  return async (request: ListWorkflowsRequest, call: Call) => {
    const { log } = dependencies
    const page = pageOf(request)
    await untilShown(dependencies, call, parseToken(request.minToken, 'min_token'))
    const { repository } = request
    if (repository !== '' && !isId(repository)) return { workflows: [], nextPageToken: '' }
    const filter = repository === '' ? {} : { filter: { workflow: { config: { repository } } } }
    const rows = await allShown(log, 'workflow', { ...page, ...filter })
    const statuses = rows.flatMap(({ body }) => workflowStatus(body) ?? [])
    const failing = await failingWork(log, statuses)
    return {
      workflows: statuses.map((status) => toWorkflowStatus(status, failing.get(status.id) ?? [])),
      nextPageToken: nextPageToken(rows.at(-1)?.id, rows.length === page.limit),
    }
  }
}
