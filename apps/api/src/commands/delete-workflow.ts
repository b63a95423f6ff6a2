import { workflowDecider, workflowStream, type Inventory } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import type { DeleteWorkflowRequest } from '@plimsoll/proto'
import { decryptionKeys, noInventory, vaults } from '@plimsoll/service'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { formatToken } from '../wait/token.ts'
import { checkCascade, decideDeletion, ObjectsChangedError } from './deletion-guard.ts'

/** Records that a workflow is to go; its objects are released, or with `cascade` deleted, by the syncer. Its keys are forgotten. */
export function deleteWorkflow(dependencies: Dependencies) {
  return async (request: DeleteWorkflowRequest, call: Call) => {
    const version = await recorded(dependencies, request, call)
    await decryptionKeys(dependencies.log, dependencies.installationKey).remove(request.workflowId)
    return { token: formatToken(workflowStream(request.workflowId), version) }
  }
}

/** What was checked is what is deleted: objects that came meanwhile are checked as well. */
async function recorded(dependencies: Dependencies, request: DeleteWorkflowRequest, call: Call): Promise<number> {
  for (;;) {
    const { config, state } = await workflowOf(dependencies, request.workflowId)
    if (request.cascade) {
      const vault = vaults(dependencies.log, dependencies.installationKey)(config.id)
      const { entries } = state.inventory === null ? noInventory : await vault.get<Inventory>(state.inventory)
      checkCascade(config, entries, request)
    }
    try {
      const stream = workflowStream(request.workflowId)
      const cause = causeOf(call, request)
      const decide = decideDeletion(request, state.inventory)
      return (await transact(dependencies.log, { stream, cause, decider: workflowDecider }, decide)).version
    } catch (error) {
      if (!(error instanceof ObjectsChangedError)) throw error
    }
  }
}
