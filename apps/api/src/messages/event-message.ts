import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { PositionedEvent } from '@plimsoll/event-log'
import type { EventSchema } from '@plimsoll/proto'
import { toStruct } from './struct.ts'

export function toEvent(event: PositionedEvent): MessageInitShape<typeof EventSchema> {
  return {
    position: BigInt(event.position),
    previousInStream: BigInt(event.previousInStream),
    eventId: event.eventId,
    stream: event.stream,
    version: event.version,
    type: event.type,
    schemaVersion: event.schemaVersion,
    data: toStruct(event.data as object),
    actor: event.actor,
    reason: event.reason ?? '',
    commandId: event.commandId,
    causationId: event.causationId ?? '',
    correlationId: event.correlationId,
    recordedAt: timestampFromDate(event.recordedAt),
    traceparent: event.traceparent ?? '',
  }
}
