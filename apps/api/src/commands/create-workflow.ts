import {
  createWorkflow as decideCreation,
  workflowConfig,
  workflowDecider,
  workflowStream,
  type WorkflowRequest,
} from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import type { CreateWorkflowRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowConfig, toWorkflowRequest } from '../messages/workflow-config-message.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { invalid } from '../refusal-error.ts'
import { poke } from '../wait/poke.ts'
import { formatToken } from '../wait/token.ts'

/** Creates a workflow, or makes the one of that id as the request says it. */
export function createWorkflow(dependencies: Dependencies) {
  return async ({ workflow, ...reason }: CreateWorkflowRequest, call: Call) => {
    const saved = await saveWorkflow(dependencies, call, toWorkflowRequest(workflow), reason)
    return { ...saved, workflowId: saved.workflow.id }
  }
}

/** Checks a request, all problems at once, and records what it changes. @throws RefusalError */
export async function saveWorkflow(
  dependencies: Dependencies,
  call: Call,
  request: WorkflowRequest,
  reason: { readonly commandId?: string | undefined; readonly reason?: string | undefined },
) {
  const checked = workflowConfig(request)
  if (!checked.ok) throw invalid(checked.problems)
  const { value: config } = checked
  await repositoryOf(dependencies, config.repository)
  const stream = workflowStream(config.id)
  const { version, events } = await transact(
    dependencies.log,
    { stream, cause: causeOf(call, reason), decider: workflowDecider },
    decideCreation(config),
  )
  if (events.length > 0) poke(dependencies)
  return {
    workflow: { ...toWorkflowConfig(config), id: config.id },
    changed: events.length > 0,
    token: formatToken(stream, version),
  }
}
