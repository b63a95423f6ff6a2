import {
  createWorkflow as decideCreation,
  isSameJson,
  repositoryStream,
  workflowConfig,
  workflowDecider,
  workflowStream,
  type WorkflowConfig,
  type WorkflowRequest,
} from '@plimsoll/domain'
import { ConcurrencyError, readStream, transact, type Cause } from '@plimsoll/event-log'
import { recipientsOf } from '@plimsoll/manifests'
import type { CreateWorkflowRequest } from '@plimsoll/proto'
import { decryptionKeys } from '@plimsoll/service'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toWorkflowConfig, toWorkflowRequest } from '../messages/workflow-config-message.ts'
import { destinationOf } from '../queries/cluster-of.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { invalid } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { dependencyWarnings, gateProblems } from './gate-problems.ts'
import { readDecryption, type GivenKeys } from './decryption.ts'
import { refuseMove } from './refuse-move.ts'

/** Creates a workflow, or makes the one of that id as the request says it. */
export function createWorkflow(dependencies: Dependencies) {
  return async ({ workflow, decryption, ...reason }: CreateWorkflowRequest, call: Call) => {
    const given = decryption === undefined ? { keys: null, problems: [] } : await readDecryption(decryption)
    const saved = await saveWorkflow(dependencies, call, toWorkflowRequest(workflow), given, reason)
    return { ...saved, workflowId: saved.workflow.id }
  }
}

/**
 * Checks a request, all problems at once, and records what it changes. A key is sealed and stored before the event that makes
 * the differ use it, and forgotten only after the event that makes it stop. @throws RefusalError
 */
export async function saveWorkflow(
  dependencies: Dependencies,
  call: Call,
  request: WorkflowRequest,
  { keys, problems }: GivenKeys,
  reason: { readonly commandId?: string | undefined; readonly reason?: string | undefined },
) {
  const decryption = keys === 'keep' ? (request.source?.decryption ?? null) : keys === null ? null : 'age'
  const checked = workflowConfig({ ...request, source: { ...request.source, decryption } })
  if (!checked.ok || problems.length > 0) throw invalid([...(checked.ok ? [] : checked.problems), ...problems])
  const { value: config } = checked
  const gates = await gateProblems(dependencies.log, config)
  if (gates.length > 0) throw invalid(gates)
  await repositoryOf(dependencies, config.repository)
  await destinationOf(dependencies, config.destination.cluster)
  const store = decryptionKeys(dependencies.log, dependencies.installationKey)
  let recipients: readonly string[] | null = null
  if (keys !== 'keep' && keys !== null) {
    await store.put(config.id, keys)
    recipients = await recipientsOf(keys)
    // What the log says counts: a request that ended between the two is made good by the next.
    if (isSameJson(recipients, await recordedRecipients(dependencies, config.id))) recipients = null
  }
  const { version, events } = await record(dependencies, causeOf(call, reason), config, recipients)
  if (keys === null) await store.remove(config.id)
  return {
    workflow: { ...toWorkflowConfig(config), id: config.id },
    changed: events.length > 0,
    token: formatToken(workflowStream(config.id), version),
    warnings: await dependencyWarnings(dependencies.log, config),
  }
}

async function recordedRecipients({ log }: Dependencies, id: string): Promise<readonly string[]> {
  const events = await readStream(log, workflowStream(id))
  const last = events.findLast(({ type }) => type === 'DecryptionKeyChanged')
  const event = last && workflowDecider.decode(last)
  return event?.type === 'DecryptionKeyChanged' ? event.data.recipients : []
}

const mostTries = 10

/** The repository and the cluster exist when the workflow is recorded: a deletion of one comes before, and is seen, or after. */
async function record(
  dependencies: Dependencies,
  cause: Cause,
  config: WorkflowConfig,
  recipients: readonly string[] | null,
) {
  const stream = workflowStream(config.id)
  const repository = repositoryStream(config.repository)
  for (let tries = 1; ; tries++) {
    const { version } = await repositoryOf(dependencies, config.repository)
    const cluster = await destinationOf(dependencies, config.destination.cluster)
    const judge = await refuseMove(dependencies, config)
    try {
      const lockStreams = [{ stream: repository, version }, ...(cluster === undefined ? [] : [cluster])]
      return await transact(dependencies.log, { stream, cause, decider: workflowDecider, lockStreams }, (workflow) => {
        judge(workflow)
        return decideCreation(config, recipients)(workflow)
      })
    } catch (error) {
      const isMoved = error instanceof ConcurrencyError && error.stream !== stream
      if (!isMoved || tries === mostTries) throw error
    }
  }
}
