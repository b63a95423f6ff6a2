import type { EventLog, Session } from './event-log.ts'
import { isConnectionLost, isDeadlock } from './postgres-error.ts'

/** Runs `body` in one transaction, and again if Postgres chose it as the victim of a deadlock. */
export async function inTransaction<Result>(log: Session, body: (tx: Session) => Promise<Result>): Promise<Result> {
  if (log.db.isTransaction) return body(log)
  for (let attempt = 1; ; attempt++) {
    try {
      return await log.db.transaction().execute((db) => body({ db }))
    } catch (error) {
      if (!isDeadlock(error) || attempt === 5) throw error
    }
  }
}

/**
 * Runs an idempotent `body` again when the connection broke under it, for about three seconds: what became of a lost
 * statement is unknown, so only what may safely run twice belongs here.
 */
export async function overLostConnections<Result>(
  log: EventLog | Session,
  body: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await body()
    } catch (error) {
      if (log.db.isTransaction || !isConnectionLost(error) || attempt === 6) throw error
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt))
    }
  }
}
