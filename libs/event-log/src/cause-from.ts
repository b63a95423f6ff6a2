import { randomUUID } from 'node:crypto'
import type { Cause, StoredEvent } from './event.ts'

/** The cause of what a service records because of an event: its own command, within the event's correlation and trace. */
export function causeFrom(event: StoredEvent | undefined, actor: string): Cause {
  return {
    commandId: randomUUID(),
    actor,
    causationId: event?.eventId,
    correlationId: event?.correlationId,
    traceparent: event?.traceparent ?? undefined,
  }
}
