import { repositoryDecider, repositoryStream } from '@plimsoll/domain'
import { foldStream } from '@plimsoll/event-log'
import type { ListRepositoriesRequest } from '@plimsoll/proto'
import type { Dependencies } from '../dependencies.ts'
import { toRepository } from '../messages/repository-message.ts'
import { parseToken } from '../wait/token.ts'
import { nextPageToken, pageOf } from './page.ts'
import { streamIds } from './streams.ts'

export function listRepositories({ log }: Dependencies) {
  return async (request: ListRepositoriesRequest) => {
    parseToken(request.minToken, 'min_token')
    const page = pageOf(request)
    const ids = await streamIds(log, 'repository', page)
    const folded = await Promise.all(ids.map((id) => foldStream(log, repositoryStream(id), repositoryDecider)))
    return {
      repositories: folded.flatMap(({ state }) => (state.config === null ? [] : [toRepository(state.config, state)])),
      nextPageToken: nextPageToken(ids.at(-1), ids.length === page.limit),
    }
  }
}
