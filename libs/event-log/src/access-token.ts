import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Session } from './event-log.ts'

export type AccessToken = {
  readonly name: string
  readonly role: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
}

/** Makes a token and returns it, once: only its hash is kept. A token of the same name is replaced. */
export async function createToken(
  log: Session,
  name: string,
  role: string,
  expires: Date | null = null,
): Promise<string> {
  const token = `plimsoll_${randomBytes(32).toString('base64url')}`
  const row = { name, role, hash: hashOf(token), expires_at: expires }
  await log.db
    .insertInto('access_token')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...row, created_at: sql<Date>`clock_timestamp()` }))
    .execute()
  return token
}

/** Whose token this is; undefined if unknown or expired. */
export async function findToken(log: Session, token: string): Promise<AccessToken | undefined> {
  const row = await log.db
    .selectFrom('access_token')
    .select(['name', 'role', 'created_at', 'expires_at'])
    .where('hash', '=', hashOf(token))
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`statement_timestamp()`)]))
    .executeTakeFirst()
  return row === undefined ? undefined : toToken(row)
}

export async function listTokens(log: Session): Promise<AccessToken[]> {
  const rows = await log.db
    .selectFrom('access_token')
    .select(['name', 'role', 'created_at', 'expires_at'])
    .orderBy('name')
    .execute()
  return rows.map(toToken)
}

/** Returns whether there was one. */
export async function deleteToken(log: Session, name: string): Promise<boolean> {
  const { numDeletedRows } = await log.db.deleteFrom('access_token').where('name', '=', name).executeTakeFirst()
  return numDeletedRows === 1n
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function toToken(row: { name: string; role: string; created_at: Date; expires_at: Date | null }): AccessToken {
  return { name: row.name, role: row.role, createdAt: row.created_at, expiresAt: row.expires_at }
}
