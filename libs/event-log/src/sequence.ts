import { sql } from 'kysely'
import type { Session } from './event-log.ts'

/**
 * Gives positions to events that became visible since the last call; returns how many. Any number may call at once.
 * About `limit` events are taken per call: call again while it returns that many.
 */
export async function sequence(log: Session, limit: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select sequence_log(${limit}) as count`.execute(log.db)
  return rows[0]?.count ?? 0
}
