import { deleteWorkflow as decideDeletion, workflowDecider, workflowStream, type Inventory } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import type { DeleteWorkflowRequest } from '@plimsoll/proto'
import { decryptionKeys, noInventory, vaults } from '@plimsoll/service'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { formatToken } from '../wait/token.ts'
import { checkCascade } from './deletion-guard.ts'

/** Records that a workflow is to go; its objects are released, or with `cascade` deleted, by the syncer. Its keys are forgotten. */
export function deleteWorkflow(dependencies: Dependencies) {
  return async (request: DeleteWorkflowRequest, call: Call) => {
    const { config, state } = await workflowOf(dependencies, request.workflowId)
    if (request.cascade) {
      const vault = vaults(dependencies.log, dependencies.installationKey)(config.id)
      const { entries } = state.inventory === null ? noInventory : await vault.get<Inventory>(state.inventory)
      checkCascade(config, entries, request)
    }
    const stream = workflowStream(request.workflowId)
    const { version } = await transact(
      dependencies.log,
      { stream, cause: causeOf(call, request), decider: workflowDecider },
      decideDeletion(request.cascade, request.pruneKept),
    )
    await decryptionKeys(dependencies.log, dependencies.installationKey).remove(request.workflowId)
    return { token: formatToken(stream, version) }
  }
}
