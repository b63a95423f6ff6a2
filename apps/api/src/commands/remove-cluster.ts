import { clusterDecider, clusterStream, defaultCluster, removeCluster as decideRemoval } from '@plimsoll/domain'
import { inTransaction, lockStream, overLostConnections, transact } from '@plimsoll/event-log'
import { poke } from '@plimsoll/jetstream'
import type { RemoveClusterRequest } from '@plimsoll/proto'
import { clusterCredentials, registryTopic } from '@plimsoll/service'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { clusterOf } from '../queries/cluster-of.ts'
import { workflowsInNow } from '../queries/workflows-using.ts'
import { precondition, type RefusalError } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'

/** Forgets a cluster that no workflow uses, and its credentials. In the cluster nothing is touched. */
export function removeCluster(dependencies: Dependencies) {
  return async (request: RemoveClusterRequest, call: Call) => {
    const { log, js, installationKey } = dependencies
    const { id } = request
    if (id === defaultCluster) throw operators()
    await clusterOf(dependencies, id)
    const stream = clusterStream(id)
    const cause = causeOf(call, request)
    // Whoever creates a workflow there waits for the end of this, and finds the cluster gone.
    const { version } = await overLostConnections(log, () =>
      inTransaction(log, async (tx) => {
        await lockStream(tx, stream)
        const users = await workflowsInNow(tx, id)
        if (users.length > 0) throw inUse(id, users)
        const removed = await transact(tx, { stream, cause, decider: clusterDecider }, decideRemoval)
        if (removed.state.config === null) await clusterCredentials(tx, installationKey).forget(id)
        return removed
      }),
    )
    log.hints?.onAppend?.()
    poke(js, registryTopic)
    return { token: formatToken(stream, version) }
  }
}

function operators(): RefusalError {
  return precondition(
    'The cluster default is not removed',
    defaultCluster,
    "it is the operator's: the services have it from their settings",
    'Leave it unused, or name another one by PLIMSOLL_KUBECONFIG of the services (`plimsoll up --kubeconfig`).',
  )
}

function inUse(id: string, users: readonly string[]): RefusalError {
  return precondition(
    `The cluster ${id} is not removed`,
    id,
    `workflows use it: ${users.join(', ')}`,
    'Delete them first; those that were deleted just now let their objects go before.',
  )
}
