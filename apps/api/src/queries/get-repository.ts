import { isId, repositoryStream } from '@plimsoll/domain'
import type { GetRepositoryRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toRepository } from '../messages/repository-message.ts'
import { formatToken, parseToken } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { noRepository } from './repository-of.ts'
import { shown } from './status-model.ts'
import { workflowsByUse } from './workflows-using.ts'

export function getRepository(dependencies: Dependencies) {
  return async ({ id, minToken }: GetRepositoryRequest, call: Call) => {
    const { log } = dependencies
    await untilShown(dependencies, call, parseToken(minToken, 'min_token'))
    const row = isId(id) ? await shown(log, 'repository', id) : undefined
    if (!row?.body.config) throw await noRepository(log, id)
    return {
      repository: toRepository(row.body.config, row.body, (await workflowsByUse(log)).ofRepository(id)),
      token: formatToken(repositoryStream(id), row.version),
    }
  }
}
