import { sql } from 'kysely'
import { LeaseLostError } from '../errors.ts'
import type { Session } from '../event-log.ts'
import { isFor } from './work-of.ts'

/** Sole right to work on a stream in a role, until the lease ends. */
export type Claim = {
  readonly role: string
  readonly stream: string
  /** Grows with each claim on the row; what an older epoch records is refused. */
  readonly epoch: number
  readonly owner: string
  /** The version of the stream up to which the work is done. */
  readonly done: number
  /** The version it was woken for. */
  readonly seen: number
  /** How often it failed in a row before this claim. */
  readonly attempts: number
  /** How often in a row it gave no answer before this claim: the handler threw, or its owner vanished. */
  readonly crashes: number
  /** By this process's clock, and on the safe side: counted from before the claim was asked for. */
  readonly leaseUntil: Date
}

export type ClaimOptions = {
  readonly role: string
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
  /** Only of these. */
  readonly streams?: readonly string[] | undefined
  /** Only work that was handed to this taker; without one, only work that was handed to nobody. */
  readonly taker?: string | undefined
}

/** Claims due work, the longest due first. Work whose lease ended counts as failed once more. */
export async function claim(
  log: Session,
  { role, owner, leaseMs, limit, streams, taker }: ClaimOptions,
): Promise<Claim[]> {
  const leaseUntil = new Date(Date.now() + leaseMs)
  const { rows } = await sql<Omit<Claim, 'leaseUntil'>>`
    with due as (
      select role, stream from work
      where role = ${role} and parked is null and ${isFor(taker)} and coalesce(lease_until, next_at) <= statement_timestamp()
        ${streams === undefined ? sql`` : sql`and stream = any(${streams})`}
      order by coalesce(lease_until, next_at) limit ${limit} for update skip locked)
    update work set
      epoch = epoch + 1, owner = ${owner}, claimed_at = statement_timestamp(),
      lease_until = statement_timestamp() + ${leaseMs} * interval '1 ms',
      attempts = attempts + (lease_until is not null)::int,
      crashes = crashes + (lease_until is not null)::int,
      poked = false, next_at = null, wake_stream = null, wake_version = null
    from due where work.role = due.role and work.stream = due.stream
    returning work.role, work.stream, epoch, owner, done, seen, attempts, crashes`.execute(log.db)
  return rows.map((row) => ({ ...row, leaseUntil }))
}

/**
 * Makes the lease end `leaseMs` from now. Work that has run for five minutes did not fail at the start: its attempts count anew.
 *
 * @throws LeaseLostError when another owner has it
 */
export async function renew(log: Session, claim: Claim, leaseMs: number): Promise<Claim> {
  const leaseUntil = new Date(Date.now() + leaseMs)
  const { rows } = await sql<{ attempts: number; crashes: number }>`
    update work set lease_until = statement_timestamp() + ${leaseMs} * interval '1 ms',
      attempts = case when claimed_at < statement_timestamp() - interval '5 minutes' then 0 else attempts end,
      crashes = case when claimed_at < statement_timestamp() - interval '5 minutes' then 0 else crashes end
    where role = ${claim.role} and stream = ${claim.stream} and epoch = ${claim.epoch} and lease_until is not null
    returning attempts, crashes`.execute(log.db)
  const [row] = rows
  if (row === undefined) throw new LeaseLostError(claim)
  return { ...claim, ...row, leaseUntil }
}

/** Gives a claim back undone, as on shutdown: the work is due at once and has not failed. Harmless when it was lost. */
export async function release(log: Session, claim: Claim): Promise<void> {
  await sql`
    update work set lease_until = null, claimed_at = null, next_at = statement_timestamp()
    where role = ${claim.role} and stream = ${claim.stream} and epoch = ${claim.epoch} and lease_until is not null`.execute(
    log.db,
  )
}
