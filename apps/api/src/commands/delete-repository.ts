import { deleteRepository as decideDeletion, repositoryDecider, repositoryStream } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import type { DeleteRepositoryRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { repositoryOf } from '../queries/repository-of.ts'
import { workflowsUsing } from '../queries/workflows-using.ts'
import { precondition, RefusalError } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { untilAllShown } from '../wait/until-shown.ts'
import { deleteSecret, webhookSecretId } from './credentials.ts'

/** Deletes a repository that no workflow uses, and its secrets. */
export function deleteRepository(dependencies: Dependencies) {
  return async (request: DeleteRepositoryRequest, call: Call) => {
    const { log } = dependencies
    const { id } = request
    await repositoryOf(dependencies, id)
    // A workflow that was created a moment ago must be seen.
    if (!(await untilAllShown(dependencies, call))) throw notCaughtUp()
    const users = await workflowsUsing(log, id)
    if (users.length > 0)
      throw precondition(
        `The repository ${id} is not deleted`,
        id,
        `workflows use it: ${users.join(', ')}`,
        'Delete them first, or bind them to another repository.',
      )
    const stream = repositoryStream(id)
    const { version } = await transact(
      log,
      { stream, cause: causeOf(call, request), decider: repositoryDecider },
      decideDeletion,
    )
    await deleteSecret(dependencies, id)
    await deleteSecret(dependencies, webhookSecretId(id))
    return { token: formatToken(stream, version) }
  }
}

function notCaughtUp(): RefusalError {
  return new RefusalError('unavailable', [
    {
      what: 'The repository is not deleted',
      where: '',
      because: 'whether a workflow uses it cannot be told: the read model does not keep up',
      try: 'Send it again in a moment; if it stays so, check with `plimsoll doctor` that a projection runs.',
    },
  ])
}
