import { CompiledQuery } from 'kysely'
import type { Session } from './event-log.ts'
import { HOT } from './preparing-pool.ts'

const SEQUENCE = `${HOT} select sequence_log($1) as count`

/**
 * Gives positions to events that became visible since the last call; returns how many. Any number may call at once.
 * About `limit` events are taken per call: call again while it returns that many.
 */
export async function sequence(log: Session, limit: number): Promise<number> {
  const { rows } = await log.db.executeQuery<{ count: number }>(CompiledQuery.raw(SEQUENCE, [limit]))
  return rows[0]?.count ?? 0
}
