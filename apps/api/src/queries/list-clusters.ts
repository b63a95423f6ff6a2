import { defaultCluster, initialClusterRow } from '@plimsoll/domain'
import type { ListClustersRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toCluster } from '../messages/cluster-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { nextPageToken, pageOf } from './page.ts'
import { allShown, shown, type Shown } from './status-model.ts'
import { credentialsExpireAt } from './surroundings.ts'
import { workflowsByUse } from './workflows-using.ts'

/** The operator's cluster first, then those that are registered by their ids. */
export function listClusters(dependencies: Dependencies) {
  return async (request: ListClustersRequest, call: Call) => {
    const { log } = dependencies
    const page = pageOf(request)
    await untilShown(dependencies, call, parseToken(request.minToken, 'min_token'))
    const rows = await allShown(log, 'cluster', page)
    const registered = rows.filter(({ id, body }) => id !== defaultCluster && body.config !== null)
    const own: readonly Pick<Shown<'cluster'>, 'id' | 'body'>[] =
      page.after === ''
        ? [(await shown(log, 'cluster', defaultCluster)) ?? { id: defaultCluster, body: initialClusterRow }]
        : []
    const { ofCluster } = await workflowsByUse(log)
    return {
      clusters: await Promise.all(
        [...own, ...registered].map(async ({ id, body }) =>
          toCluster(id, body, ofCluster(id), await credentialsExpireAt(dependencies, body)),
        ),
      ),
      nextPageToken: nextPageToken(rows.at(-1)?.id, rows.length === page.limit),
    }
  }
}
