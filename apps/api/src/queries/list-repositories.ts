import type { ListRepositoriesRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toRepository } from '../messages/repository-message.ts'
import { parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { nextPageToken, pageOf } from './page.ts'
import { allShown } from './status-model.ts'

export function listRepositories(dependencies: Dependencies) {
  return async (request: ListRepositoriesRequest, call: Call) => {
    const page = pageOf(request)
    await untilShown(dependencies, call, parseToken(request.minToken, 'min_token'))
    const rows = await allShown(dependencies.log, 'repository', page)
    return {
      repositories: rows.flatMap(({ body }) => (body.config === null ? [] : [toRepository(body.config, body)])),
      nextPageToken: nextPageToken(rows.at(-1)?.id, rows.length === page.limit),
    }
  }
}
