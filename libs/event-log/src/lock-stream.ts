import type { Session } from './event-log.ts'

/**
 * Lets nobody append to a stream, or lock it with an append, before the transaction has ended; waits for those who do. A stream
 * without events is not locked.
 */
export async function lockStream(tx: Session, stream: string): Promise<void> {
  await tx.db.selectFrom('stream').select('version').where('id', '=', stream).forNoKeyUpdate().executeTakeFirst()
}
