import { workflowDecider, workflowStream, type Inventory, type Workflow, type WorkflowConfig } from '@plimsoll/domain'
import { foldStream } from '@plimsoll/event-log'
import { vaults } from '@plimsoll/service'
import type { Dependencies } from '../dependencies.ts'
import { precondition } from '../refusal-error.ts'

/**
 * A workflow that owns objects stays in its cluster: nobody would prune, watch or release them after it moved. The answer judges
 * the state that the change is recorded on. @throws RefusalError from what it answers
 */
export async function refuseMove(
  { log, installationKey }: Dependencies,
  config: WorkflowConfig,
): Promise<(workflow: Workflow) => void> {
  const { state } = await foldStream(log, workflowStream(config.id), workflowDecider)
  const seen = state.inventory
  const entries = seen === null ? [] : (await vaults(log, installationKey)(config.id).get<Inventory>(seen)).entries
  return ({ config: standing, inventory }) => {
    if (standing === null || standing.destination.cluster === config.destination.cluster) return
    // What was recorded meanwhile may own more.
    const owned = inventory === seen ? entries.length : undefined
    if (inventory === null || owned === 0) return
    throw precondition(
      `The workflow ${config.id} stays in the cluster ${standing.destination.cluster}`,
      'destination.cluster',
      owned === undefined
        ? 'a sync writes there at this moment'
        : `it owns ${owned} object${owned === 1 ? '' : 's'} there`,
      `Create another workflow for the cluster ${config.destination.cluster}, and delete this one (with --cascade, if its objects shall go).`,
    )
  }
}
