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
  /** Asks the poller for more; what it should have stored already, for a second time. */
  readonly ask: (paths: readonly string[]) => Promise<void>
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
    ask: async (paths) => {
      await watchPaths(log, { stream, repository, paths: [...watched, ...paths] })
      const known = paths.filter((path) => watched.has(path))
      if (known.length > 0) await lookAgain(log, stream, known)
    },
    set: (paths) => async (transaction) => {
      await watchPaths(transaction, { stream, repository, paths })
    },
  }
}
