import { repositoryDecider, repositoryStream, requestRefresh } from '@plimsoll/domain'
import {
  append,
  ConcurrencyError,
  foldStream,
  readStream,
  workOf,
  type Cause,
  type EventLog,
} from '@plimsoll/event-log'

const mostTries = 20

/**
 * Asks the poller to look at a remote now. A burst asks once more at most: while a request waits that no poll has begun to
 * answer, another adds nothing. Returns whether it was recorded.
 */
export async function requestPoll(log: EventLog, id: string, cause: Cause): Promise<boolean> {
  const stream = repositoryStream(id)
  for (let tries = 1; ; tries++) {
    // In this order: a request that comes between the two is a conflict below.
    const { state, version } = await foldStream(log, stream, repositoryDecider)
    if (await isAsked(log, stream)) return false
    const events = requestRefresh('webhook')(state).map(repositoryDecider.encode)
    if (events.length === 0) return false
    try {
      await append(log, { stream, expectedVersion: version, events, cause })
      return true
    } catch (error) {
      if (!(error instanceof ConcurrencyError) || tries === mostTries) throw error
    }
  }
}

/** A poll that runs may have looked at the remote before the push: of what came before its end one request may be its own. */
async function isAsked(log: EventLog, stream: string): Promise<boolean> {
  const work = await workOf(log, 'repository', stream)
  const open = (await readStream(log, stream, { afterVersion: work?.done ?? 0 })).filter(
    ({ type }) => type === 'RefreshRequested',
  )
  return open.length > (work?.claimed === true ? 1 : 0)
}
