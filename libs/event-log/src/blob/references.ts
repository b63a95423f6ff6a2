import { sql } from 'kysely'
import type { Session } from '../event-log.ts'

/** That an event, by its row, names a blob. */
export type BlobReference = { readonly id: number; readonly digest: string }

/** Blobs that nothing else names, and what their bodies take in the store. */
export type Freed = { readonly blobs: number; readonly bytes: number }

const askedAtOnce = 5_000

/** Those of the references that still stand, the first `limit` in the order given. */
export async function standingReferences<Reference extends BlobReference>(
  log: Session,
  references: readonly Reference[],
  limit: number,
): Promise<readonly Reference[]> {
  const standing: Reference[] = []
  for (let start = 0; start < references.length && standing.length < limit; start += askedAtOnce) {
    const asked = references.slice(start, start + askedAtOnce)
    const { rows } = await sql<BlobReference>`
      select r.id, r.digest from event_blob r
      join unnest(${asked.map(({ id }) => id)}::bigint[], ${asked.map(({ digest }) => digest)}::text[]) as a (id, digest)
        on r.digest = a.digest and r.id = a.id`.execute(log.db)
    const found = new Set(rows.map(keyOf))
    standing.push(...asked.filter((each) => found.has(keyOf(each))))
  }
  return standing.slice(0, limit)
}

/** What would be free to be collected without these references. */
export async function freedWithout(log: Session, references: readonly BlobReference[]): Promise<Freed> {
  const { rows } = await sql<Freed>`
    with gone as (select * from unnest(${references.map(({ id }) => id)}::bigint[], ${references.map(({ digest }) => digest)}::text[]) as g (id, digest))
    select count(*)::float8 as blobs, coalesce(sum(octet_length(b.body)), 0)::float8 as bytes from blob b
    where b.digest in (select digest from gone)
      and not exists (select from event_blob r where r.digest = b.digest
                        and not exists (select from gone where gone.digest = r.digest and gone.id = r.id))`.execute(
    log.db,
  )
  return rows[0] ?? { blobs: 0, bytes: 0 }
}

/** The events name these blobs no longer in the eyes of `collectBlobs`; what they say stays. */
export async function dropReferences(log: Session, references: readonly BlobReference[]): Promise<void> {
  await sql`
    delete from event_blob r
    using unnest(${references.map(({ id }) => id)}::bigint[], ${references.map(({ digest }) => digest)}::text[]) as g (id, digest)
    where r.digest = g.digest and r.id = g.id`.execute(log.db)
}

function keyOf({ id, digest }: BlobReference): string {
  return `${id} ${digest}`
}
