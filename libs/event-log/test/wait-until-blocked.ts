import { sql } from 'kysely'
import { expect } from 'vitest'
import type { EventLog } from '../src/index.ts'

/** Until some statement on this database waits for a lock that another holds. */
export async function waitUntilBlocked(log: EventLog): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await sql`
        select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`.execute(log.db)
      return rows.length
    })
    .toBeGreaterThan(0)
}
