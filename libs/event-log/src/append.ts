import { randomUUIDv7 } from 'node:crypto'
import { CompiledQuery } from 'kysely'
import { BlobMissingError, CommandReusedError, ConcurrencyError, EventTooLargeError, LeaseLostError } from './errors.ts'
import type { Cause, NewEvent, StoredEvent } from './event.ts'
import type { Session } from './event-log.ts'
import { overLostConnections } from './in-transaction.ts'
import { type Json, storableString, storableText } from './json.ts'
import { violates } from './postgres-error.ts'
import { HOT } from './preparing-pool.ts'
import { readStream } from './read-stream.ts'
import type { Claim } from './work/claim.ts'

export const MAX_DATA_BYTES = 65_536
const MAX_REASON_LENGTH = 2_000

const APPEND = `${HOT} select * from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

export type Append = {
  readonly stream: string
  /** 0 for a stream that does not exist yet. */
  readonly expectedVersion: number
  readonly events: readonly NewEvent[]
  readonly cause: Cause
}

export type AppendOptions = {
  /** Append only while this claim is ours and its lease runs. */
  readonly fence?: Claim | undefined
  /** Streams that nobody may append to between the decision and its record: their rows are locked for share, and each must be at `version`, where given. */
  readonly lockStreams?: readonly (string | { readonly stream: string; readonly version: number })[] | undefined
}

export type Appended = { readonly version: number; readonly events: readonly StoredEvent[] }

type Outcome = {
  readonly outcome: 'appended' | 'repeated' | 'reused' | 'conflict' | 'lost'
  readonly at_stream: string
  readonly at_version: number
  readonly event_row: number
  readonly at: Date
}

/**
 * Records events at the end of a stream, if it is at the expected version; durable when it returns. The same command sent
 * again gets the earlier result. No events append nothing.
 *
 * @throws ConcurrencyError when the stream, or a locked one, is at another version
 * @throws EventTooLargeError when an event's data exceeds 64 KiB as JSON text
 * @throws LeaseLostError when `fence` is not ours any more
 * @throws BlobMissingError when a blob that an event refers to is not stored
 */
export async function append(log: Session, append: Append & AppendOptions): Promise<Appended> {
  if (append.events.length === 0) return { version: append.expectedVersion, events: [] }
  const prepared = append.events.map((event) => prepare(append.stream, event))
  const rows = await overLostConnections(log, () => callAppend(log, append, prepared))
  const [first] = rows
  if (first === undefined) throw new Error(`append to ${append.stream} gave no answer`)
  switch (first.outcome) {
    case 'appended':
      log.hints?.onAppend?.()
      return { version: append.expectedVersion + rows.length, events: toEvents(append, prepared, rows) }
    case 'repeated':
      return repeated(log, append.stream, first.at_version, append.events.length)
    case 'reused':
      throw new CommandReusedError(append.stream, append.cause.commandId)
    case 'conflict':
      throw new ConcurrencyError(first.at_stream, expectedOf(append, first.at_stream), first.at_version)
    case 'lost':
      throw new LeaseLostError(append.fence ?? { role: '', stream: first.at_stream, epoch: 0 })
  }
}

type Prepared = { readonly id: string; readonly event: NewEvent; readonly data: string }

function prepare(stream: string, event: NewEvent): Prepared {
  const data = storableText(event.data)
  if (Buffer.byteLength(data) > MAX_DATA_BYTES) throw new EventTooLargeError(tooLarge(stream, [event]))
  return { id: randomUUIDv7(), event, data }
}

function tooLarge(stream: string, events: readonly NewEvent[]): string {
  return `the data of ${events.map(({ type }) => type).join(', ')} for stream ${stream} exceeds ${MAX_DATA_BYTES} bytes`
}

async function callAppend(
  log: Session,
  append: Append & AppendOptions,
  prepared: readonly Prepared[],
): Promise<readonly Outcome[]> {
  const { stream, expectedVersion, cause, fence } = append
  const events = prepared.map(
    ({ id, event, data }) =>
      `{"id":"${id}","type":${JSON.stringify(event.type)},"schemaVersion":${event.schemaVersion},"data":${data}}`,
  )
  const blobs = prepared.flatMap(({ event }, index) => (event.blobs ?? []).map((digest) => ({ event: index, digest })))
  const locks = append.lockStreams?.map((lock) => (typeof lock === 'string' ? { stream: lock, version: null } : lock))
  try {
    const values = [
      stream,
      expectedVersion,
      `[${events.join()}]`,
      cause.commandId,
      cause.actor,
      clip(cause.reason),
      cause.causationId ?? null,
      cause.correlationId ?? cause.commandId,
      cause.traceparent ?? null,
      fence === undefined ? null : JSON.stringify({ role: fence.role, stream: fence.stream, epoch: fence.epoch }),
      locks === undefined ? null : JSON.stringify(locks),
      blobs.length === 0 ? null : JSON.stringify(blobs),
    ]
    const { rows } = await log.db.executeQuery<Outcome>(CompiledQuery.raw(APPEND, values))
    return rows
  } catch (error) {
    if (violates(error, 'event_data_size'))
      throw new EventTooLargeError(tooLarge(stream, append.events), { cause: error })
    if (violates(error, 'event_blob_digest_fkey')) {
      throw new BlobMissingError(`an event for stream ${stream} refers to a blob that is not stored`, { cause: error })
    }
    throw error
  }
}

function clip(reason: string | undefined): string | null {
  if (reason === undefined) return null
  const text = storableString(reason)
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH - 1).toWellFormed()}…`
}

function toEvents({ stream, cause }: Append, prepared: readonly Prepared[], rows: readonly Outcome[]): StoredEvent[] {
  return prepared.flatMap(({ id, event, data }, index) => {
    const row = rows[index]
    if (row === undefined) return []
    return {
      id: row.event_row,
      eventId: id,
      stream,
      version: row.at_version,
      type: event.type,
      schemaVersion: event.schemaVersion,
      data: JSON.parse(data) as Json,
      commandId: cause.commandId,
      causationId: cause.causationId ?? null,
      correlationId: cause.correlationId ?? cause.commandId,
      actor: cause.actor,
      reason: clip(cause.reason),
      traceparent: cause.traceparent ?? null,
      recordedAt: row.at,
    }
  })
}

async function repeated(log: Session, stream: string, version: number, count: number): Promise<Appended> {
  return { version, events: await readStream(log, stream, { afterVersion: version - count, toVersion: version }) }
}

function expectedOf(append: Append & AppendOptions, stream: string): number | undefined {
  if (stream === append.stream) return append.expectedVersion
  return append.lockStreams?.flatMap((lock) =>
    typeof lock !== 'string' && lock.stream === stream ? lock.version : [],
  )[0]
}
