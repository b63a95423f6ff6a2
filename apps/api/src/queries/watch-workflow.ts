import { workflowStream } from '@plimsoll/domain'
import type { WatchWorkflowRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { parseToken } from '../wait/token.ts'
import { untilRow } from '../wait/until-row.ts'
import { statusOf } from './get-workflow-status.ts'
import { noWorkflow } from './workflow-of.ts'

const bookmarkMs = 5_000
/** How soon to look again when an event is told of and the read model does not show it yet. */
const behindMs = 20

/**
 * The status of a workflow, and each change of it. Nothing is kept for a reader that is slow: it gets the newest status next.
 */
export function watchWorkflow(dependencies: Dependencies) {
  return async function* ({ workflowId: id, minToken, resumeToken }: WatchWorkflowRequest, call: Call) {
    await untilRow(dependencies, call, parseToken(minToken, 'min_token'))
    const stream = workflowStream(id)
    using listener = dependencies.changes.listen(stream)
    const resume = parseToken(resumeToken, 'resume_token')
    let sent = ''
    let token = resumeToken
    for (;;) {
      const shown = await statusOf(dependencies, id)
      if (shown === undefined) {
        if (token === '') throw await noWorkflow(dependencies.log, id)
        yield { token, deleted: true }
        return
      }
      const version = parseToken(shown.token, 'token')?.version ?? 0
      const text = textOf(shown)
      const isSeen = sent === '' && resume?.stream === stream && resume.version >= version
      if (text !== sent && !isSeen) yield shown
      else if (sent !== '') yield { token: shown.token }
      sent = text
      token = shown.token
      await listener.next(listener.version() > version ? behindMs : bookmarkMs, call.signal)
    }
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
}
