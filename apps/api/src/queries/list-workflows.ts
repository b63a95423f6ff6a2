import { isId, matchesLabels, workflowStatus, workflowStream } from '@plimsoll/domain'
import { listStreams } from '@plimsoll/event-log'
import type { ListWorkflowsRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toMoment } from '../messages/moment-message.ts'
import { toWorkflowStatus } from '../messages/workflow-status-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { nextPageToken, nextPastPageToken, pageOf, pastPageOf } from './page.ts'
import { askedMoment, rowAt } from './point-in-log.ts'
import { equalLabels, selectedLabels } from './selected-labels.ts'
import { allShown } from './status-model.ts'
import { noSurroundings, surroundingsOf } from './surroundings.ts'

export function listWorkflows(dependencies: Dependencies) {
  return async (request: ListWorkflowsRequest, call: Call) => {
    if (request.at !== undefined) return listAt(dependencies, request, request.at, call)
    const { log } = dependencies
    const page = pageOf(request)
    await untilShown(dependencies, call, parseToken(request.minToken, 'min_token'))
    const { repository } = request
    if (repository !== '' && !isId(repository)) return { workflows: [], nextPageToken: '' }
    const selector = selectedLabels(request.selector)
    const config = { ...(repository !== '' && { repository }), labels: equalLabels(selector) }
    const isFiltered = repository !== '' || selector.length > 0
    const rows = await allShown(log, 'workflow', { ...page, ...(isFiltered && { filter: { workflow: { config } } }) })
    const statuses = rows
      .flatMap(({ body }) => workflowStatus(body) ?? [])
      .filter(({ config: { labels } }) => matchesLabels(selector, labels))
    const surroundings = await surroundingsOf(dependencies, statuses)
    return {
      workflows: statuses.map((status) => toWorkflowStatus(status, surroundings(status.id))),
      nextPageToken: nextPageToken(rows.at(-1)?.id, rows.length === page.limit),
    }
  }
}

/** All that existed then. The read model knows only those of now, so every stream of a workflow is folded. */
async function listAt({ log }: Dependencies, request: ListWorkflowsRequest, at: string, { signal }: Call) {
  const { after, limit, position } = pastPageOf(request)
  const selector = selectedLabels(request.selector)
  const moment = await askedMoment(log, at, position)
  const prefix = workflowStream('')
  const streams = await listStreams(log, { prefix, after: prefix + after, limit })
  const ids = streams.map((stream) => stream.slice(prefix.length))
  const workflows = []
  for (const id of ids) {
    signal.throwIfAborted()
    const status = workflowStatus((await rowAt(log, id, moment)).row)
    if (status === undefined || !matchesLabels(selector, status.config.labels)) continue
    if (request.repository === '' || status.repository === request.repository)
      workflows.push(toWorkflowStatus(status, noSurroundings))
  }
  const token = nextPastPageToken(moment.position, ids.at(-1), ids.length === limit)
  return { workflows, nextPageToken: token, moment: toMoment(moment) }
}
