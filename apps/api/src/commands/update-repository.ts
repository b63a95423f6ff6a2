import type { UpdateRepositoryRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { defined } from '../messages/defined.ts'
import { durationText } from '../messages/duration-text.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { credentialType, readCredentials } from './credentials.ts'
import { checkRepository, saveRepository } from './save-repository.ts'

/** Changes what the request says and keeps the rest. */
export function updateRepository(dependencies: Dependencies) {
  return async (request: UpdateRepositoryRequest, call: Call) => {
    const { config: standing } = await repositoryOf(dependencies, request.id)
    const { secret, problems } = request.credentials
      ? readCredentials(request.credentials)
      : { secret: null, problems: [] }
    const config = checkRepository(
      defined({
        id: standing.id,
        url: request.url ?? standing.url,
        branch: request.branch ?? standing.branch,
        poll_interval: request.pollInterval ?? durationText(standing.poll_interval_ms),
        credentials: request.credentials ? credentialType(secret) : standing.credentials,
        ca: (request.ca ?? standing.ca) || undefined,
        proxy: (request.proxy ?? standing.proxy) || undefined,
        known_hosts: (request.knownHosts ?? standing.known_hosts) || undefined,
      }),
      dependencies,
      problems,
    )
    const secrets = {
      credentials: request.credentials ? secret : ('keep' as const),
      webhook: request.webhookSecret === undefined ? ('keep' as const) : request.webhookSecret || null,
    }
    return saveRepository(dependencies, call, config, secrets, request)
  }
}
