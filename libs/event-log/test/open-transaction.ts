import { sql } from 'kysely'
import type { EventLog, Session } from '../src/index.ts'

/** A transaction that stays open until told to end. */
export type OpenTransaction = {
  readonly tx: Session
  /** Takes a transaction id. */
  readonly touch: () => Promise<void>
  readonly commit: () => Promise<void>
  readonly abort: () => Promise<void>
}

export async function openTransaction(log: EventLog): Promise<OpenTransaction> {
  const db = await log.db.startTransaction().execute()
  return {
    tx: { db },
    touch: async () => {
      await sql`select pg_current_xact_id()`.execute(db)
    },
    commit: async () => {
      await db.commit().execute()
    },
    abort: async () => {
      await db.rollback().execute()
    },
  }
}
