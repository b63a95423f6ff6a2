import { type RawBuilder, sql } from 'kysely'
import type { WorkTable } from '../database.ts'
import type { Session } from '../event-log.ts'

/** How work on a stream in a role stands. */
export type Work = {
  readonly role: string
  readonly stream: string
  readonly seen: number
  readonly done: number
  readonly epoch: number
  /** Who has it, or had it last. */
  readonly owner: string | null
  readonly claimed: boolean
  /** By the database's clock, as `leaseUntil` is. */
  readonly claimedAt: Date | null
  readonly leaseUntil: Date | null
  readonly nextAt: Date | null
  readonly attempts: number
  readonly error: string | null
  readonly parked: string | null
  readonly wakeOn: { readonly stream: string; readonly version: number } | null
}

export async function workOf(log: Session, role: string, stream: string): Promise<Work | undefined> {
  const row = await log.db
    .selectFrom('work')
    .selectAll()
    .where('role', '=', role)
    .where('stream', '=', stream)
    .executeTakeFirst()
  return row === undefined ? undefined : toWork(row)
}

/** All work that is set aside, of one role or of all. */
export async function parkedWork(log: Session, role?: string): Promise<Work[]> {
  let query = log.db.selectFrom('work').selectAll().where('parked', 'is not', null).orderBy('role').orderBy('stream')
  if (role !== undefined) query = query.where('role', '=', role)
  return (await query.execute()).map(toWork)
}

/** The streams whose work in one of these roles failed and is tried again. */
export async function failingStreams(log: Session, roles: readonly string[]): Promise<readonly string[]> {
  const rows = await log.db
    .selectFrom('work')
    .select('stream')
    .distinct()
    .where('role', 'in', roles)
    .where('error', 'is not', null)
    .where('parked', 'is', null)
    .execute()
  return rows.map(({ stream }) => stream)
}

/** When the next work of a role is due, or its claim ends; undefined if none is. */
export async function dueAt(log: Session, role: string, taker?: string): Promise<Date | undefined> {
  const ms = await dueInMs(log, role, taker)
  return ms === undefined ? undefined : new Date(Date.now() + ms)
}

/** Work that is handed to this taker, or to nobody: told so that the index of what is due can be used. */
export function isFor(taker: string | undefined): RawBuilder<boolean> {
  return taker === undefined ? sql`handed_to is null` : sql`handed_to = ${taker}`
}

/** The same as a span by the database's clock, which the worker's need not agree with. */
export async function dueInMs(log: Session, role: string, taker?: string): Promise<number | undefined> {
  const { rows } = await sql<{ ms: number | null }>`
    select (extract(epoch from min(coalesce(lease_until, next_at)) - statement_timestamp()) * 1000)::float8 as ms
    from work where role = ${role} and parked is null and ${isFor(taker)}`.execute(log.db)
  return rows[0]?.ms ?? undefined
}

function toWork(row: WorkTable): Work {
  const { wake_stream: stream, wake_version: version } = row
  return {
    role: row.role,
    stream: row.stream,
    seen: row.seen,
    done: row.done,
    epoch: row.epoch,
    owner: row.owner,
    claimed: row.lease_until !== null,
    claimedAt: row.claimed_at,
    leaseUntil: row.lease_until,
    nextAt: row.next_at,
    attempts: row.attempts,
    error: row.error,
    parked: row.parked,
    wakeOn: stream === null || version === null ? null : { stream, version },
  }
}
