import { sql } from 'kysely'
import type { PositionedEvent } from '../event.ts'
import type { Session } from '../event-log.ts'
import { readLog } from '../read-log.ts'
import type { Wake } from './wake.ts'

export type DispatchOptions = {
  readonly service: string
  readonly limit: number
  /** Which work an event asks for. */
  readonly route: (event: PositionedEvent) => readonly Wake[]
}

export type Dispatched = {
  readonly from: number
  /** Equal to `from` when there was nothing to read, or another dispatcher was faster. */
  readonly to: number
  /** How many rows of work became due. */
  readonly work: number
}

/**
 * Reads the log on from a service's checkpoint and makes the work that follows from it due, together with the advance of the
 * checkpoint. Work of any role that waits for a stream to reach a version is released too. Any number may dispatch at once.
 */
export async function dispatch(log: Session, { service, limit, route }: DispatchOptions): Promise<Dispatched> {
  const from = await checkpointOf(log, service)
  const events = await readLog(log, { after: from, limit })
  const to = events.at(-1)?.position ?? from
  if (to === from) return { from, to, work: 0 }
  const wakes = events.flatMap((event) => route(event))
  const reached = Object.entries(Object.fromEntries(events.map(({ stream, version }) => [stream, version])))
  const { rows } = await sql<{
    work: number | null
  }>`select dispatch_work(${service}, ${from}, ${to}, ${JSON.stringify(wakes)},
    ${JSON.stringify(reached.map(([stream, version]) => ({ stream, version })))}) as work`.execute(log.db)
  const work = rows[0]?.work ?? null
  return work === null ? { from, to: from, work: 0 } : { from, to, work }
}

/** How far a service's dispatcher has read the log. */
export async function checkpointOf(log: Session, service: string): Promise<number> {
  const read = () =>
    log.db.selectFrom('checkpoint').select('position').where('service', '=', service).executeTakeFirst()
  const row = await read()
  if (row !== undefined) return row.position
  await log.db
    .insertInto('checkpoint')
    .values({ service, position: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await read())?.position ?? 0
}
