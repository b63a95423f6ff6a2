import { type RawBuilder, sql } from 'kysely'
import { append, type Append, type AppendOptions, type Appended } from '../append.ts'
import { LeaseLostError } from '../errors.ts'
import type { Session } from '../event-log.ts'
import { inTransaction, overLostConnections } from '../in-transaction.ts'
import { storableString } from '../json.ts'
import type { Claim } from './claim.ts'
import { type Wake, wakeAll } from './wake.ts'

export type Finish = {
  /** The version of the claim's stream up to which the work is done now. */
  readonly done: number
  readonly append?: readonly (Append & Omit<AppendOptions, 'fence'>)[] | undefined
  /** Other work to make due. */
  readonly wake?: readonly Wake[] | undefined
  /** Be due again at this instant. */
  readonly wakeAt?: Date | undefined
  /** Be due again when this stream has reached this version. */
  readonly wakeOn?: { readonly stream: string; readonly version: number } | undefined
  /** Be due again so many milliseconds from now. */
  readonly retryInMs?: number | undefined
  /** The work failed; it is tried again after `retryInMs`, else after a time that doubles with each failure (1 s to 5 min). */
  readonly error?: string | undefined
  /** It failed in a way that nobody foresaw: so many of those in a row, and the work is parked. */
  readonly crashed?: boolean | undefined
  /** Not mine, but the work of who claims the role as this taker: due at once. Undefined: of who claims it as nobody, but after an error still of the same. */
  readonly handTo?: string | undefined
  /** More rows to write in the same transaction; may run twice, the first time rolled back. */
  readonly also?: ((tx: Session) => Promise<void>) | undefined
}

/**
 * Ends a claim in one transaction: appends, progress, wakes and `also`, all or nothing. Work that was woken meanwhile stays due.
 *
 * @throws LeaseLostError when another owner has the work; nothing happened
 * @throws ConcurrencyError when a stream is not at the expected version; nothing happened and the claim is still held
 */
export async function finish(
  log: Session,
  claim: Claim,
  finish: Finish,
): Promise<{ readonly appended: readonly Appended[] }> {
  let tries = 0
  const done = await overLostConnections(log, () => {
    const answerWasLost = tries++ > 0
    return inTransaction(log, async (tx) => {
      if (answerWasLost && (await isFinished(tx, claim))) return { appended: [] }
      await lockRows(tx, claim, finish)
      await endClaim(tx, claim, finish)
      const appended: Appended[] = []
      for (const one of finish.append ?? []) appended.push(await append(tx, one))
      await wakeAll(tx, finish.wake ?? [])
      await finish.also?.(tx)
      return { appended }
    })
  })
  if (done.appended.length > 0) log.hints?.onAppend?.()
  const roles = [
    ...(finish.wake ?? []).map((woken) => woken.role),
    ...(finish.handTo === undefined ? [] : [claim.role]),
  ]
  for (const role of new Set(roles)) log.hints?.onWake?.(role)
  return done
}

/** Whether it was this very claim that ended, and nobody has claimed since. */
async function isFinished(tx: Session, claim: Claim): Promise<boolean> {
  const row = await tx.db
    .selectFrom('work')
    .select('lease_until')
    .where('role', '=', claim.role)
    .where('stream', '=', claim.stream)
    .where('epoch', '=', claim.epoch)
    .executeTakeFirst()
  return row?.lease_until === null
}

/** Takes the rows of work in the order in which dispatchers take them, so that the two never wait for each other. */
async function lockRows(tx: Session, claim: Claim, { wake }: Finish): Promise<void> {
  if (wake === undefined || wake.length === 0) return
  const rows = [claim, ...wake].map(({ role, stream }) => ({ role, stream }))
  await sql`
    select from work join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (role text, stream text) using (role, stream)
    order by work.role, work.stream for update of work`.execute(tx.db)
}

async function endClaim(tx: Session, claim: Claim, finish: Finish): Promise<void> {
  const { done, wakeOn } = finish
  const reached = wakeOn !== undefined && (await hasReached(tx, wakeOn))
  const waits = reached ? undefined : wakeOn
  const error = finish.error === undefined ? null : storableString(finish.error)
  const { numAffectedRows } = await sql`
    update work set
      done = greatest(done, ${done}), seen = greatest(seen, ${done}),
      lease_until = null, claimed_at = null, poked = false, error = ${error},
      attempts = case when ${error}::text is null then 0 else attempts + 1 end,
      crashes = case when ${finish.crashed === true} then crashes + 1 else 0 end,
      next_at = case when ${reached} or poked or (seen > ${claim.seen} and seen > ${done}) then clock_timestamp() else ${nextAt(claim, finish)} end,
      wake_stream = ${waits?.stream ?? null}, wake_version = ${waits?.version ?? null},
      handed_to = case when ${finish.handTo !== undefined || finish.error === undefined} then ${finish.handTo ?? null}::text else handed_to end
    where role = ${claim.role} and stream = ${claim.stream} and epoch = ${claim.epoch} and lease_until is not null`.execute(
    tx.db,
  )
  if (numAffectedRows !== 1n) throw new LeaseLostError(claim)
}

function nextAt(claim: Claim, { done, wakeAt, wakeOn, retryInMs, error, handTo }: Finish): RawBuilder<unknown> {
  if (handTo !== undefined) return sql`clock_timestamp()`
  if (retryInMs !== undefined) return sql`clock_timestamp() + ${retryInMs} * interval '1 ms'`
  if (error !== undefined)
    return sql`clock_timestamp() + least(300, power(2, least(attempts, 20))) * interval '1 second'`
  if (wakeAt !== undefined) return sql`${wakeAt}::timestamptz`
  return done < claim.seen && wakeOn === undefined ? sql`clock_timestamp()` : sql`null`
}

/** Locks the stream's row, so that the version cannot be reached (and dispatched) between this look and our commit. */
async function hasReached(
  tx: Session,
  { stream, version }: { readonly stream: string; readonly version: number },
): Promise<boolean> {
  await sql`insert into stream (id, version) values (${stream}, 0) on conflict do nothing`.execute(tx.db)
  const row = await tx.db
    .selectFrom('stream')
    .select('version')
    .where('id', '=', stream)
    .forShare()
    .executeTakeFirstOrThrow()
  return row.version >= version
}
