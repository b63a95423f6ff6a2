import type { EventTable } from './database.ts'
import type { Json } from './json.ts'

/** Who did something. */
export type Actor = { readonly name: string }

export type NewEvent = {
  readonly type: string
  readonly schemaVersion: number
  readonly data: Json
  /** Digests of the blobs that the data refers to; they are kept as long as the event is. */
  readonly blobs?: readonly string[]
}

/** Why events are recorded. A command id stands for one decision about one stream: it is recorded once. */
export type Cause = {
  readonly commandId: string
  readonly actor: string
  /** Cut at 2,000 characters. */
  readonly reason?: string | undefined
  readonly causationId?: string | undefined
  /** Default: the command id. */
  readonly correlationId?: string | undefined
  readonly traceparent?: string | undefined
}

export type StoredEvent = {
  readonly id: number
  readonly eventId: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: Json
  readonly commandId: string
  readonly causationId: string | null
  readonly correlationId: string
  readonly actor: string
  readonly reason: string | null
  readonly traceparent: string | null
  readonly recordedAt: Date
}

export type PositionedEvent = StoredEvent & {
  readonly position: number
  /** Position of the stream's previous event, 0 if this is its first. */
  readonly previousInStream: number
  readonly sequencedAt: Date
}

export const eventColumns = [
  'event.id',
  'event.event_id',
  'event.stream',
  'event.version',
  'event.type',
  'event.schema_version',
  'event.data',
  'event.command_id',
  'event.causation_id',
  'event.correlation_id',
  'event.actor',
  'event.reason',
  'event.traceparent',
  'event.recorded_at',
] as const

export const logColumns = ['log.position', 'log.previous_in_stream', 'log.sequenced_at'] as const

type EventRow = Omit<EventTable, 'command_index'>
type LogRow = { readonly position: number; readonly previous_in_stream: number; readonly sequenced_at: Date }

export function toStoredEvent(row: EventRow): StoredEvent {
  return {
    id: row.id,
    eventId: row.event_id,
    stream: row.stream,
    version: row.version,
    type: row.type,
    schemaVersion: row.schema_version,
    data: row.data as Json,
    commandId: row.command_id,
    causationId: row.causation_id,
    correlationId: row.correlation_id,
    actor: row.actor,
    reason: row.reason,
    traceparent: row.traceparent,
    recordedAt: row.recorded_at,
  }
}

export function toPositionedEvent(row: EventRow & LogRow): PositionedEvent {
  return {
    ...toStoredEvent(row),
    position: row.position,
    previousInStream: row.previous_in_stream,
    sequencedAt: row.sequenced_at,
  }
}
