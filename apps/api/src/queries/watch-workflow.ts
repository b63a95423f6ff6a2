import { workflowStream } from '@plimsoll/domain'
import type { WatchWorkflowRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { statusOf } from './get-workflow-status.ts'
import { noWorkflow } from './workflow-of.ts'

const bookmarkMs = 5_000
/** How soon to look again when an event is told of that the read model does not show yet; doubled up to a second. */
const behindMs = 10

/**
 * The status of a workflow, and each change of it. Nothing is kept for a reader that is slow: it gets the newest status next.
 */
export function watchWorkflow(dependencies: Dependencies) {
  return async function* ({ workflowId: id, minToken, resumeToken }: WatchWorkflowRequest, call: Call) {
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    const resume = parseToken(resumeToken, 'resume_token')
    const stream = workflowStream(id)
    using listener = dependencies.changes.listen(stream)
    let seen = resume?.stream === stream ? resume.version : 0
    let sent: string | undefined
    let wait = behindMs
    for (;;) {
      const answer = await statusOf(dependencies, id)
      if (answer?.workflow === undefined) {
        if (answer === undefined || seen === 0) throw await noWorkflow(dependencies.log, id)
        yield { token: answer.token, deleted: true }
        return
      }
      const { workflow, token, version } = answer
      const text = textOf(workflow)
      const isNews = sent === undefined ? version > seen : text !== sent
      const isBehind = listener.version() > version
      if (isNews) yield { workflow, token }
      else if (!isBehind) yield { token }
      wait = isBehind ? Math.min(wait * 2, 1_000) : behindMs
      seen = version
      sent = text
      await listener.next(isBehind ? wait : bookmarkMs, call.signal)
    }
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
}
