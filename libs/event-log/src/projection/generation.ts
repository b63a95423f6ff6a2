import { sql } from 'kysely'
import { TerminalError } from '../errors.ts'
import type { Session } from '../event-log.ts'
import { inTransaction } from '../in-transaction.ts'
import type { Projection } from './projection.ts'

/** The rows that one version of a projection's code folded, and how far it came. */
export type Generation = {
  readonly generation: number
  readonly name: string
  readonly codeHash: string
  /** Whether readers see it. */
  readonly live: boolean
  readonly position: number
}

type Named = Pick<Projection, 'name' | 'codeHash'>

/** Role of the claim under which a generation is folded. */
export function roleOf({ name, codeHash }: Named): string {
  return `projection:${name}:${codeHash}`
}

/** The generation of this code: the one there is, or a new one at position 0. */
export async function openGeneration(log: Session, { name, codeHash }: Named): Promise<Generation> {
  await log.db
    .insertInto('projection')
    .values({ name, code_hash: codeHash })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return readGeneration(log, { name, codeHash })
}

/** @throws TerminalError when there is none: newer ones have replaced it, twice */
export async function readGeneration(log: Session, { name, codeHash }: Named): Promise<Generation> {
  const found = await generations(log).where('name', '=', name).where('code_hash', '=', codeHash).executeTakeFirst()
  if (found === undefined)
    throw new TerminalError(`generation ${codeHash} of projection ${name} was replaced and dropped`)
  return found
}

/** The generation that readers see. */
export async function liveGeneration(log: Session, name: string): Promise<Generation | undefined> {
  return generations(log).where('name', '=', name).where('live', '=', true).executeTakeFirst()
}

function generations(log: Session) {
  return log.db.selectFrom('projection').select(['generation', 'name', 'code_hash as codeHash', 'live', 'position'])
}

/**
 * Makes a generation that has caught up the live one, unless the live one is newer and someone still folds it: while two
 * versions of Plimsoll run side by side the newer code is shown, and after a return to older code that one is.
 * Returns whether it is live.
 */
export async function makeLive(log: Session, named: Named): Promise<boolean> {
  return inTransaction(log, async (tx) => {
    const live = await generations(tx)
      .where('name', '=', named.name)
      .where('live', '=', true)
      .forUpdate()
      .executeTakeFirst()
    const ours = await readGeneration(tx, named)
    if (ours.live) return true
    if (live !== undefined) {
      if (ours.position < live.position) return false
      if (ours.generation < live.generation && (await isFolded(tx, live))) return false
    }
    await setLive(tx, live, false)
    await setLive(tx, ours, true)
    return true
  })
}

async function isFolded(log: Session, generation: Generation): Promise<boolean> {
  const { rows } = await sql`
    select from work where role = ${roleOf(generation)} and lease_until > clock_timestamp() - interval '30 seconds'`.execute(
    log.db,
  )
  return rows.length > 0
}

async function setLive(log: Session, generation: Generation | undefined, live: boolean): Promise<void> {
  if (generation === undefined) return
  await log.db.updateTable('projection').set({ live }).where('generation', '=', generation.generation).execute()
}

/** Drops the generations of a name but the live one and the one before it, to which a return of older code would go back. */
export async function dropOldGenerations(log: Session, name: string): Promise<void> {
  const live = await liveGeneration(log, name)
  if (live === undefined) return
  const old = await generations(log)
    .where('name', '=', name)
    .where('generation', '<', live.generation)
    .orderBy('generation', 'desc')
    .offset(1)
    .execute()
  for (const { generation } of old) {
    await log.db.deleteFrom('projection').where('generation', '=', generation).execute()
    await dropRows(log, generation)
  }
}

async function dropRows(log: Session, generation: number): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from projection_row where generation = ${generation} and key in (
        select key from projection_row where generation = ${generation} limit 5000)`.execute(log.db)
    if (numAffectedRows === 0n) return
  }
}
