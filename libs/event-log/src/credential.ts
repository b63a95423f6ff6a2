import { sql } from 'kysely'
import type { Session } from './event-log.ts'

/** Keeps a sealed credential under an id, in place of the one before. */
export async function putCredential(log: Session, id: string, sealed: Uint8Array): Promise<void> {
  const row = { id, sealed: Buffer.from(sealed) }
  await log.db
    .insertInto('credential')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ sealed: row.sealed, updated_at: sql<Date>`clock_timestamp()` }),
    )
    .execute()
}

export async function getCredential(log: Session, id: string): Promise<Uint8Array | undefined> {
  const row = await log.db.selectFrom('credential').select('sealed').where('id', '=', id).executeTakeFirst()
  return row?.sealed
}

export async function deleteCredential(log: Session, id: string): Promise<void> {
  await log.db.deleteFrom('credential').where('id', '=', id).execute()
}
