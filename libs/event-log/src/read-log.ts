import { sql } from 'kysely'
import { eventColumns, logColumns, type PositionedEvent } from './event.ts'
import type { Session } from './event-log.ts'

export type LogRange = {
  /** A position: what follows it is read. 0 is the beginning. */
  readonly after: number
  readonly limit: number
  readonly stream?: string | undefined
  readonly streamPrefix?: string | undefined
}

/** A part of the log, in its order. Positions are dense; with a filter, gaps are what it left out. */
export async function readLog(
  log: Session,
  { after, limit, stream, streamPrefix }: LogRange,
): Promise<PositionedEvent[]> {
  if (stream === undefined && streamPrefix === undefined) return readAll(log, after, limit)
  let query = log.db
    .selectFrom('log')
    .innerJoin('event', 'event.id', 'log.id')
    .select(eventColumns)
    .select(logColumns)
    .where('log.position', '>', after)
    .orderBy('log.position')
    .limit(limit)
  if (stream !== undefined) query = query.where('event.stream', '=', stream)
  if (streamPrefix !== undefined) query = query.where(sql<boolean>`starts_with(event.stream, ${streamPrefix})`)
  return query.execute()
}

/** The limit is set on the positions alone: a planner without statistics would else join all events before it takes some. */
function readAll(log: Session, after: number, limit: number): Promise<PositionedEvent[]> {
  return log.db
    .selectFrom((part) =>
      part.selectFrom('log').selectAll().where('position', '>', after).orderBy('position').limit(limit).as('log'),
    )
    .innerJoin('event', 'event.id', 'log.id')
    .select(eventColumns)
    .select(logColumns)
    .orderBy('log.position')
    .execute()
}

/** The last position given, and the epoch of the log: it changes when positions were given anew (a lost database). */
export async function head(log: Session): Promise<{ position: number; epoch: number }> {
  return log.db.selectFrom('log_head').select(['position', 'epoch']).executeTakeFirstOrThrow()
}

/** The last position given at or before an instant, 0 if none was. */
export async function positionAt(log: Session, instant: Date): Promise<number> {
  const { rows } = await sql<{ position: number }>`select position_at(${instant}) as position`.execute(log.db)
  return rows[0]?.position ?? 0
}
