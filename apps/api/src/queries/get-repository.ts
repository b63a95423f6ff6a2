import { repositoryStream } from '@plimsoll/domain'
import type { GetRepositoryRequest } from '@plimsoll/proto'
import type { Dependencies } from '../dependencies.ts'
import { toRepository } from '../messages/repository-message.ts'
import { formatToken, parseToken } from '../wait/token.ts'
import { repositoryOf } from './repository-of.ts'

export function getRepository(dependencies: Dependencies) {
  return async ({ id, minToken }: GetRepositoryRequest) => {
    parseToken(minToken, 'min_token')
    const { config, state, version } = await repositoryOf(dependencies, id)
    return { repository: toRepository(config, state), token: formatToken(repositoryStream(id), version) }
  }
}
