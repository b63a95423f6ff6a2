import { lookAgain, pathsOf, watchPaths } from '@plimsoll/event-log'
import type { EventLog, Session } from '@plimsoll/event-log'
import { NotStoredError } from './git-tree.ts'

/** What one workflow's stream watches in its repository: the poller stores it, and wakes the workflow when it changes. */
export type Watch = {
  readonly has: (paths: readonly string[]) => boolean
  /** Whether it is exactly these. */
  readonly isOnly: (paths: readonly string[]) => boolean
  /** Throws NotStoredError for what is not watched yet. */
  readonly require: (paths: readonly string[]) => void
  /**
   * What asks the poller for more, or a second time for what should have been stored already; undefined if that is asked
   * for: it looks when it can.
   */
  readonly ask: (paths: readonly string[]) => ((transaction: Session) => Promise<void>) | undefined
  /** Sets all that is watched, in the transaction that records why. */
  readonly set: (paths: readonly string[]) => (transaction: Session) => Promise<void>
}

export async function openWatch(log: EventLog, stream: string, repository: string): Promise<Watch> {
  const rows = await pathsOf(log, stream)
  const watched = new Set(rows.filter((row) => row.repository === repository).map(({ path }) => path))
  const missing = (paths: readonly string[]) => paths.filter((path) => !watched.has(path))
  return {
    has: (paths) => missing(paths).length === 0,
    isOnly: (paths) =>
      missing(paths).length === 0 && watched.size === new Set(paths).size && rows.length === watched.size,
    require: (paths) => {
      const news = missing(paths)
      if (news.length > 0) throw new NotStoredError(news)
    },
    ask: (paths) => {
      const asked = rows.filter(({ tree }) => tree === null).map(({ path }) => path)
      if (missing(paths).length === 0 && paths.every((path) => asked.includes(path))) return undefined
      return async (transaction) => {
        await watchPaths(transaction, { stream, repository, paths: [...watched, ...paths] })
        await lookAgain(transaction, stream, paths)
      }
    },
    set: (paths) => async (transaction) => {
      await watchPaths(transaction, { stream, repository, paths })
    },
  }
}
