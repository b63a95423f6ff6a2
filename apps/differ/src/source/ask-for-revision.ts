import { repositoryCodec, repositoryStream } from '@plimsoll/domain'
import type { ObservedRevision } from '@plimsoll/domain'
import { askForPaths, readStream, takeRefusal } from '@plimsoll/event-log'
import type { EventLog, PreviewedPath } from '@plimsoll/event-log'
import { NotStoredError } from './git-tree.ts'
import { unreadRevision } from '../plan-fault.ts'

/** The poller was asked for what is not stored of a revision beside the branch's head: it wakes the workflow. */
export class AskedForRevisionError extends Error {
  override readonly name = 'AskedForRevisionError'
}

/**
 * Uses what is stored of a revision that is not the head of its branch. What is missing is asked for, step by step, with
 * AskedForRevisionError; throws PlanFault when the poller was refused it.
 */
export async function storedOrAsked<T>(
  log: EventLog,
  of: Omit<PreviewedPath, 'path'>,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof NotStoredError)) throw error
    const refused = await takeRefusal(log, of)
    if (refused !== undefined) throw unreadRevision(of.revision, refused)
    await askForPaths(log, of, error.paths)
    throw new AskedForRevisionError(error.message)
  }
}

/** A revision that was once the head of the branch; or with `orAsked` one that somebody asked for. */
export async function findRevision(
  log: EventLog,
  repository: string,
  revision: string,
  { orAsked = false }: { readonly orAsked?: boolean } = {},
): Promise<ObservedRevision | null> {
  const events = (await readStream(log, repositoryStream(repository))).map(repositoryCodec.decode)
  const found = events.findLast(
    ({ type, data }) =>
      (type === 'RevisionObserved' || (orAsked && type === 'RevisionResolved')) && data.revision === revision,
  )
  return (found?.data as ObservedRevision | undefined) ?? null
}
