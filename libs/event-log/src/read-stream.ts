import { eventColumns, type StoredEvent } from './event.ts'
import type { Session } from './event-log.ts'

export type StreamRange = {
  /** Default 0: from the first event. */
  readonly afterVersion?: number | undefined
  readonly toVersion?: number | undefined
  /** Only what had a position up to this one: the stream as it stood then. */
  readonly atPosition?: number | undefined
}

/** The events of a stream, by version. An unknown stream has none. */
export async function readStream(log: Session, stream: string, range: StreamRange = {}): Promise<StoredEvent[]> {
  let query = log.db
    .selectFrom('event')
    .select(eventColumns)
    .where('event.stream', '=', stream)
    .orderBy('event.version')
  if (range.afterVersion !== undefined) query = query.where('event.version', '>', range.afterVersion)
  if (range.toVersion !== undefined) query = query.where('event.version', '<=', range.toVersion)
  if (range.atPosition !== undefined) {
    const position = range.atPosition
    query = query.where((eb) =>
      eb.exists(eb.selectFrom('log').whereRef('log.id', '=', 'event.id').where('log.position', '<=', position)),
    )
  }
  return query.execute()
}

/** What a command recorded in a stream: nothing, or all of its events. */
export async function readCommand(log: Session, stream: string, commandId: string): Promise<StoredEvent[]> {
  const first = log.db
    .selectFrom('event')
    .select('event.version')
    .where('event.command_id', '=', commandId)
    .where('event.stream', '=', stream)
    .where('event.command_index', '=', 0)
  return log.db
    .selectFrom('event')
    .select(eventColumns)
    .where('event.stream', '=', stream)
    .where('event.command_id', '=', commandId)
    .where('event.version', '>=', first)
    .orderBy('event.version')
    .execute()
}
