import { deleteRepository as decideDeletion, repositoryDecider, repositoryStream } from '@plimsoll/domain'
import { deleteCredential, inTransaction, lockStream, overLostConnections, transact } from '@plimsoll/event-log'
import type { DeleteRepositoryRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { workflowsUsingNow } from '../queries/workflows-using.ts'
import { precondition } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { webhookSecretId } from './credentials.ts'

/** Deletes a repository that no workflow uses, and its secrets. */
export function deleteRepository(dependencies: Dependencies) {
  return async (request: DeleteRepositoryRequest, call: Call) => {
    const { log } = dependencies
    const { id } = request
    await repositoryOf(dependencies, id)
    const stream = repositoryStream(id)
    const cause = causeOf(call, request)
    // Whoever binds a workflow to it waits for the end of this, and finds the repository gone.
    const { version } = await overLostConnections(log, () =>
      inTransaction(log, async (tx) => {
        await lockStream(tx, stream)
        const users = await workflowsUsingNow(tx, id)
        if (users.length > 0)
          throw precondition(
            `The repository ${id} is not deleted`,
            id,
            `workflows use it: ${users.join(', ')}`,
            'Delete them first, or bind them to another repository.',
          )
        const deleted = await transact(tx, { stream, cause, decider: repositoryDecider }, decideDeletion)
        // Sent again, it may find another that was registered since.
        if (deleted.state.config === null)
          for (const secret of [id, webhookSecretId(id)]) await deleteCredential(tx, secret)
        return deleted
      }),
    )
    log.hints?.onAppend?.()
    return { token: formatToken(stream, version) }
  }
}
