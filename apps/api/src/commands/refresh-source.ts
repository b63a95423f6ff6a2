import { repositoryDecider, repositoryStream, requestRefresh, type ObservedRevision } from '@plimsoll/domain'
import { foldStream, transact, unpark, workOf } from '@plimsoll/event-log'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { precondition } from '../refusal-error.ts'
import { untilDone } from '../wait/until-done.ts'

const timeoutMs = 30_000

/**
 * Has the remote read now, and returns the head of its branch.
 * @throws RefusalError when the remote cannot be read, or was not within 30 s
 */
export async function refreshSource(
  dependencies: Dependencies,
  call: Call,
  repositoryId: string,
  request: { readonly commandId?: string | undefined },
): Promise<ObservedRevision> {
  const { log } = dependencies
  const stream = repositoryStream(repositoryId)
  const { version } = await transact(
    log,
    { stream, cause: causeOf(call, { commandId: request.commandId }), decider: repositoryDecider },
    requestRefresh('api'),
  )
  // Who asks wants it tried again, also if it was given up.
  await unpark(log, 'repository', stream)
  const done = await untilDone(dependencies, call, { role: 'repository', stream, version, timeoutMs })
  if (done === undefined) throw await notRead(dependencies, repositoryId, stream)
  const { state } = await foldStream(log, stream, repositoryDecider)
  if (state.failure !== null || state.head === null)
    throw precondition(
      `The repository ${repositoryId} cannot be read`,
      state.config?.url ?? repositoryId,
      state.failure?.message ?? 'its branch has no commit yet',
      `Correct it with \`plimsoll repo update ${repositoryId}\`, or push a commit.`,
    )
  return state.head
}

async function notRead({ log }: Dependencies, repositoryId: string, stream: string): Promise<Error> {
  const work = await workOf(log, 'repository', stream)
  const because =
    work?.parked ?? work?.error ?? (work?.claimed ? 'the remote is slow to answer' : 'no poller took it up')
  return precondition(
    `The repository ${repositoryId} was not read within ${timeoutMs / 1_000} s`,
    stream,
    because,
    'Check with `plimsoll doctor` that a poller runs and that the remote answers.',
  )
}
