import { isId, workflowStatus, workflowStream } from '@plimsoll/domain'
import type { GetWorkflowStatusRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toMoment } from '../messages/moment-message.ts'
import { toWorkflowStatus } from '../messages/workflow-status-message.ts'
import { formatToken, parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { askedMoment, workflowAt } from './point-in-log.ts'
import { shown } from './status-model.ts'
import { noSurroundings, surroundingsOf } from './surroundings.ts'
import { noWorkflow } from './workflow-of.ts'

export function getWorkflowStatus(dependencies: Dependencies) {
  return async ({ workflowId: id, minToken, at }: GetWorkflowStatusRequest, call: Call) => {
    if (at !== undefined) return statusAt(dependencies, id, at)
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    const answer = await statusOf(dependencies, id)
    if (answer?.workflow === undefined) throw await noWorkflow(dependencies.log, id)
    return answer
  }
}

/** From the log alone. What fails of the engine's work is not in it. */
async function statusAt({ log }: Dependencies, id: string, at: string) {
  const moment = await askedMoment(log, at)
  const { row, version } = await workflowAt(log, id, moment)
  const status = workflowStatus(row)
  return {
    ...(status && { workflow: toWorkflowStatus(status, noSurroundings) }),
    token: formatToken(workflowStream(id), version),
    moment: toMoment(moment),
  }
}

/** What is shown of a workflow, without a `workflow` when it is deleted; undefined when there never was one. */
export async function statusOf(dependencies: Pick<Dependencies, 'log' | 'logger' | 'installationKey'>, id: string) {
  const { log } = dependencies
  const row = isId(id) ? await shown(log, 'workflow', id) : undefined
  if (row === undefined) return undefined
  const token = formatToken(workflowStream(id), row.version)
  const status = workflowStatus(row.body)
  if (status === undefined) return { token, version: row.version }
  const surroundings = await surroundingsOf(dependencies, [status])
  return { workflow: toWorkflowStatus(status, surroundings(id)), token, version: row.version }
}
