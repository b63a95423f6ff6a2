import { clusterDecider, clusterStream, defaultCluster, removeCluster as decideRemoval } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { poke } from '@plimsoll/jetstream'
import type { RemoveClusterRequest } from '@plimsoll/proto'
import { clusterCredentials, registryTopic } from '@plimsoll/service'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { clusterOf } from '../queries/cluster-of.ts'
import { workflowsIn } from '../queries/workflows-using.ts'
import { precondition, RefusalError } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { untilAllShown } from '../wait/until-shown.ts'

/** Forgets a cluster that no workflow uses, and its credentials. In the cluster nothing is touched. */
export function removeCluster(dependencies: Dependencies) {
  return async (request: RemoveClusterRequest, call: Call) => {
    const { log, js, installationKey } = dependencies
    const { id } = request
    if (id === defaultCluster) throw operators()
    await clusterOf(dependencies, id)
    // A workflow that was created a moment ago must be seen.
    if (!(await untilAllShown(dependencies, call))) throw notCaughtUp()
    const users = await workflowsIn(log, id)
    if (users.length > 0)
      throw precondition(
        `The cluster ${id} is not removed`,
        id,
        `workflows use it: ${users.join(', ')}`,
        'Delete them first; those that were deleted just now let their objects go before.',
      )
    const stream = clusterStream(id)
    const { version, state } = await transact(
      log,
      { stream, cause: causeOf(call, request), decider: clusterDecider },
      decideRemoval,
    )
    if (state.config === null) await clusterCredentials(log, installationKey).forget(id)
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

function notCaughtUp(): RefusalError {
  return new RefusalError('unavailable', [
    {
      what: 'The cluster is not removed',
      where: '',
      because: 'whether a workflow uses it cannot be told: the read model does not keep up',
      try: 'Send it again in a moment; if it stays so, check with `plimsoll doctor` that a projection runs.',
    },
  ])
}
