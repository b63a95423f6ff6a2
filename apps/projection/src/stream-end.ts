import { head, positionAt, type EventLog } from '@plimsoll/event-log'
import {
  ensureEventStream,
  lastSequence,
  StreamAheadError,
  type EventStreamOptions,
  type JetStream,
} from '@plimsoll/jetstream'

export type StreamLimits = Pick<EventStreamOptions, 'maxAgeMs' | 'maxBytes' | 'replicas'>

/** Where the stream ends, and when that was asked. */
export type StreamEnd = { readonly sequence: number; readonly checkedAt: number }

/**
 * Asks the stream where it ends, and makes it if there is none.
 * @throws StreamAheadError when it holds what the log does not: the database lost events, or belongs to another installation.
 */
export async function checkStream(log: EventLog, js: JetStream, limits: StreamLimits): Promise<StreamEnd> {
  const checkedAt = performance.now()
  const { epoch } = await head(log)
  const sequence = (await lastSequence(js, epoch)) ?? (await makeStream(log, js, { ...limits, epoch }))
  // The stream's end was read first, so another relay cannot have moved it past this head.
  const { position } = await head(log)
  if (sequence > position) {
    throw new StreamAheadError(
      `the stream of epoch ${epoch} ends at ${sequence}, but the log at ${position}: the database lost events that were ` +
        'published, or is not the one they came from. Nothing is published until the epoch of the log is raised',
    )
  }
  return { sequence, checkedAt }
}

/** A stream made anew begins with the oldest event that it would still hold. */
async function makeStream(log: EventLog, js: JetStream, options: EventStreamOptions): Promise<number> {
  const { maxAgeMs = 7 * 86_400_000 } = options
  const before = await positionAt(log, new Date(Date.now() - maxAgeMs))
  return (await ensureEventStream(js, { ...options, firstSequence: before + 1 })).lastSequence
}
