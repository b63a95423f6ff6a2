import type { ListRepositoriesRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toRepository } from '../messages/repository-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { nextPageToken, pageOf } from './page.ts'
import { allShown } from './status-model.ts'
import { workflowsByUse } from './workflows-using.ts'

export function listRepositories(dependencies: Dependencies) {
  return async (request: ListRepositoriesRequest, call: Call) => {
    const page = pageOf(request)
    await untilShown(dependencies, call, parseToken(request.minToken, 'min_token'))
    const { log } = dependencies
    const rows = await allShown(log, 'repository', page)
    const users = await workflowsByUse(log)
    return {
      repositories: rows.flatMap(({ id, body }) =>
        body.config === null ? [] : [toRepository(body.config, body, users.ofRepository(id))],
      ),
      nextPageToken: nextPageToken(rows.at(-1)?.id, rows.length === page.limit),
    }
  }
}
