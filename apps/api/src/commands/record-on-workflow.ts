import { workflowDecider, workflowStream, type Workflow, type WorkflowEvent } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { formatToken } from '../wait/token.ts'

/** What every command about a workflow says. */
export type OnWorkflow = {
  readonly workflowId: string
  readonly commandId?: string | undefined
  readonly reason?: string | undefined
}

/**
 * Records what a decision comes to on the newest state of a workflow, and whether that was anything.
 * @throws RefusalError when there is no such workflow, and what `decide` throws
 */
export async function recordOnWorkflow(
  dependencies: Pick<Dependencies, 'log'>,
  call: Call,
  request: OnWorkflow,
  decide: (workflow: Workflow) => WorkflowEvent[],
) {
  await workflowOf(dependencies, request.workflowId)
  const stream = workflowStream(request.workflowId)
  const { version, events } = await transact(
    dependencies.log,
    { stream, cause: causeOf(call, request), decider: workflowDecider },
    decide,
  )
  return { changed: events.length > 0, token: formatToken(stream, version) }
}
