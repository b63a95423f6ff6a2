import { sql } from 'kysely'
import type { Session } from '../event-log.ts'

/** Deletes blobs that no event refers to and that nobody stored or touched for `olderThanMs` (at least an hour); returns how many. */
export async function collectBlobs(log: Session, olderThanMs: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from blob where digest in (
      select digest from blob b
      where touched_at < statement_timestamp() - greatest(${olderThanMs}, 3600000) * interval '1 ms'
        and not exists (select from event_blob r where r.digest = b.digest)
      order by digest limit 1000 for update skip locked)`.execute(log.db)
  return Number(numAffectedRows ?? 0n)
}
