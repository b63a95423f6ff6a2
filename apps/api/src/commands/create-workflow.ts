import {
  createWorkflow as decideCreation,
  repositoryStream,
  workflowConfig,
  workflowDecider,
  workflowStream,
  type WorkflowConfig,
  type WorkflowRequest,
} from '@plimsoll/domain'
import { ConcurrencyError, transact, type Cause } from '@plimsoll/event-log'
import type { CreateWorkflowRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowConfig, toWorkflowRequest } from '../messages/workflow-config-message.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { invalid } from '../refusal-error.ts'
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
  const { version, events } = await record(dependencies, causeOf(call, reason), config)
  return {
    workflow: { ...toWorkflowConfig(config), id: config.id },
    changed: events.length > 0,
    token: formatToken(workflowStream(config.id), version),
  }
}

const mostTries = 10

/** The repository exists when the workflow is recorded: a deletion of it comes before, and is seen, or after. */
async function record(dependencies: Dependencies, cause: Cause, config: WorkflowConfig) {
  const stream = workflowStream(config.id)
  const repository = repositoryStream(config.repository)
  for (let tries = 1; ; tries++) {
    const { version } = await repositoryOf(dependencies, config.repository)
    try {
      const lockStreams = [{ stream: repository, version }]
      return await transact(
        dependencies.log,
        { stream, cause, decider: workflowDecider, lockStreams },
        decideCreation(config),
      )
    } catch (error) {
      const isMoved = error instanceof ConcurrencyError && error.stream === repository
      if (!isMoved || tries === mostTries) throw error
    }
  }
}
