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

/** The columns of an event under the names of `StoredEvent`, so that rows need no translation. */
export const eventColumns = [
  'event.id',
  'event.event_id as eventId',
  'event.stream',
  'event.version',
  'event.type',
  'event.schema_version as schemaVersion',
  'event.data',
  'event.command_id as commandId',
  'event.causation_id as causationId',
  'event.correlation_id as correlationId',
  'event.actor',
  'event.reason',
  'event.traceparent',
  'event.recorded_at as recordedAt',
] as const

export const logColumns = [
  'log.position',
  'log.previous_in_stream as previousInStream',
  'log.sequenced_at as sequencedAt',
] as const
