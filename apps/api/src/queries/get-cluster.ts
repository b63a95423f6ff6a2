import { clusterStream, defaultCluster, initialClusterRow, isId } from '@plimsoll/domain'
import type { GetClusterRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toCluster } from '../messages/cluster-message.ts'
import { formatToken, parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { noCluster } from './cluster-of.ts'
import { shown } from './status-model.ts'
import { credentialsExpireAt } from './surroundings.ts'
import { workflowsByUse } from './workflows-using.ts'

export function getCluster(dependencies: Dependencies) {
  return async ({ id, minToken }: GetClusterRequest, call: Call) => {
    const { log } = dependencies
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    const row = isId(id) ? await shown(log, 'cluster', id) : undefined
    if (id !== defaultCluster && !row?.body.config) throw await noCluster(log, id)
    const body = row?.body ?? initialClusterRow
    const users = (await workflowsByUse(log)).ofCluster(id)
    return {
      cluster: toCluster(id, body, users, await credentialsExpireAt(dependencies, body)),
      token: row === undefined ? '' : formatToken(clusterStream(id), row.version),
    }
  }
}
