import type { RegisterRepositoryRequest } from '@plimsoll/proto'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { defined } from '../messages/defined.ts'
import { credentialType, readCredentials } from './credentials.ts'
import { checkRepository, saveRepository } from './save-repository.ts'

/** Registers a remote as the request says it, and nothing that it does not say. */
export function registerRepository(dependencies: Dependencies) {
  return (request: RegisterRepositoryRequest, call: Call) => {
    const { secret, problems } = request.credentials
      ? readCredentials(request.credentials)
      : { secret: null, problems: [] }
    const config = checkRepository(
      defined({
        id: request.id,
        url: request.url,
        branch: request.branch,
        poll_interval: request.pollInterval,
        credentials: credentialType(secret),
        ca: request.ca || undefined,
        proxy: request.proxy || undefined,
        known_hosts: request.knownHosts || undefined,
      }),
      dependencies,
      problems,
    )
    return saveRepository(
      dependencies,
      call,
      config,
      { credentials: secret, webhook: request.webhookSecret || null },
      request,
    )
  }
}
