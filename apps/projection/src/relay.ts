import { readLog, type EventLog, type PositionedEvent } from '@plimsoll/event-log'
import { publishAt, StreamAheadError, toMessage, type JetStream } from '@plimsoll/jetstream'
import type { Bell } from '@plimsoll/runtime'
import type { Part } from './health.ts'
import { checkStream, type StreamEnd, type StreamLimits } from './stream-end.ts'

export type RelayParts = Part & {
  readonly log: EventLog
  readonly js: JetStream
  readonly limits: StreamLimits
  /** Rung when positions were given. */
  readonly bell: Bell
  readonly leads: () => boolean
  readonly signal: AbortSignal
  /** How often the stream is asked where it ends, to notice what it lost. Milliseconds. */
  readonly checkMs: number
}

const batch = 250
const shortestPauseMs = 100
const longestPauseMs = 5_000

/**
 * Publishes the log to the stream, each event at the sequence that is its position. It stores nothing: it goes on where the
 * stream ends. A stream that lost its end, or everything, is filled again; one that holds more than the log stops the relay.
 * Any number may run; one that does not lead steps in when the stream has not moved between two checks.
 */
export async function runRelay(parts: RelayParts): Promise<void> {
  const { log, js, limits, bell, leads, signal, beat, report, checkMs } = parts
  let end: StreamEnd | null = null
  let pauseMs = shortestPauseMs
  while (!signal.aborted) {
    try {
      const before: StreamEnd | null = end
      if (end === null || performance.now() - end.checkedAt >= checkMs) end = await checkStream(log, js, limits)
      const stuck = before !== null && before !== end && before.sequence === end.sequence
      if (leads() || stuck) end = await publishFrom(parts, end)
      beat()
      report(null)
      pauseMs = shortestPauseMs
      if (end !== null) await bell.wait(checkMs)
    } catch (error) {
      if (signal.aborted) return
      end = null
      beat()
      report(error)
      await bell.wait(error instanceof StreamAheadError ? checkMs : pauseMs)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }
}

/** Publishes until the end of the log is reached; null when the stream turned out to end elsewhere. */
async function publishFrom({ log, js, signal, beat }: RelayParts, end: StreamEnd): Promise<StreamEnd | null> {
  let { sequence } = end
  let events = await readLog(log, { after: sequence, limit: batch })
  while (events.length > 0 && !signal.aborted) {
    const last = events.at(-1)?.position ?? sequence
    const more = events.length === batch ? readLog(log, { after: last, limit: batch }) : []
    const [{ refused }, next] = await Promise.all([publishAt(js, messages(js, events)), more])
    beat()
    if (refused) return null
    sequence = last
    events = next
  }
  return { ...end, sequence }
}

function messages(js: JetStream, events: readonly PositionedEvent[]) {
  const maxBytes = js.connection.info?.max_payload ?? Number.POSITIVE_INFINITY
  return events.map((event) => toMessage(js, event, { maxBytes }))
}
