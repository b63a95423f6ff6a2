import { MalformedMessageError } from './errors.ts'
import type { JetStream } from './jet-stream.ts'
import type { Message, StreamEvent } from './message.ts'
import { percentDecode, percentEncode } from './percent.ts'
import { eventSubject } from './subject.ts'

const typePrefix = 'dev.plimsoll.'
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The event as CloudEvents 1.0 in the binary mode of the NATS binding: attributes in `ce-*` headers, the data as JSON in the body.
 * `Plimsoll-Previous` lets a consumer of one stream see a gap. Of a message larger than `maxBytes` the data is left out (and the reason, if need be), and its size told in
 * `Plimsoll-Omitted`: a message is a hint, the log has the event, and one that does not fit must not hold up those behind it.
 */
export function toMessage(
  js: Pick<JetStream, 'prefix'>,
  event: StreamEvent,
  { maxBytes = Number.POSITIVE_INFINITY }: { readonly maxBytes?: number } = {},
): Message {
  const data = encoder.encode(JSON.stringify(event.data))
  const headers = attributes(js, event)
  const message = { position: event.position, subject: eventSubject(js, event.stream, event.type), headers, data }
  if (data.length + headerBytes(headers) <= maxBytes) return message
  const rest: Record<string, string> = { ...headers, 'Plimsoll-Omitted': String(data.length) }
  if (headerBytes(rest) > maxBytes) delete rest['ce-reason']
  return { ...message, headers: rest, data: new Uint8Array() }
}

function headerBytes(headers: Record<string, string>): number {
  // The version line, and what the publisher adds.
  let bytes = 80
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0) + 4
  return bytes
}

function attributes({ prefix }: Pick<JetStream, 'prefix'>, event: StreamEvent): Record<string, string> {
  return {
    'Nats-Msg-Id': event.eventId,
    'ce-specversion': '1.0',
    'ce-id': event.eventId,
    'ce-source': `/${prefix}/log`,
    'ce-type': percentEncode(typePrefix + event.type),
    'ce-subject': percentEncode(event.stream),
    'ce-time': event.recordedAt.toISOString(),
    'ce-datacontenttype': 'application/json',
    'ce-correlationid': percentEncode(event.correlationId),
    ...(event.causationId !== null && { 'ce-causationid': percentEncode(event.causationId) }),
    'ce-commandid': percentEncode(event.commandId),
    'ce-actor': percentEncode(event.actor),
    ...(event.reason !== null && { 'ce-reason': percentEncode(event.reason) }),
    'Plimsoll-Position': String(event.position),
    'Plimsoll-Previous': String(event.previousInStream),
    'Plimsoll-Version': String(event.version),
    'Plimsoll-Schema': String(event.schemaVersion),
    ...(event.traceparent !== null && { traceparent: event.traceparent }),
  }
}

/**
 * The event of a message that `toMessage` made. `data` is undefined when it was left out: read the event from the log.
 * @throws MalformedMessageError
 */
export function fromMessage({ headers, data }: Pick<Message, 'headers' | 'data'>): StreamEvent {
  try {
    const text = reader(headers)
    const type = text('ce-type')
    if (text('ce-specversion') !== '1.0') throw new TypeError('ce-specversion is not 1.0')
    if (!type.startsWith(typePrefix)) throw new TypeError(`ce-type does not start with ${typePrefix}`)
    const recordedAt = new Date(text('ce-time'))
    if (Number.isNaN(recordedAt.getTime())) throw new TypeError('ce-time is not a time')
    return {
      position: integer(text('Plimsoll-Position')),
      previousInStream: integer(text('Plimsoll-Previous')),
      eventId: text('ce-id'),
      stream: text('ce-subject'),
      version: integer(text('Plimsoll-Version')),
      type: type.slice(typePrefix.length),
      schemaVersion: integer(text('Plimsoll-Schema')),
      data: headers['Plimsoll-Omitted'] === undefined ? JSON.parse(decoder.decode(data)) : undefined,
      commandId: text('ce-commandid'),
      causationId: headers['ce-causationid'] === undefined ? null : text('ce-causationid'),
      correlationId: text('ce-correlationid'),
      actor: text('ce-actor'),
      reason: headers['ce-reason'] === undefined ? null : text('ce-reason'),
      traceparent: headers['traceparent'] ?? null,
      recordedAt,
    }
  } catch (cause) {
    throw new MalformedMessageError(
      `not an event of Plimsoll: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

function reader(headers: Message['headers']): (name: string) => string {
  return (name) => {
    const value = headers[name]
    if (value === undefined) throw new TypeError(`${name} is missing`)
    return percentDecode(value)
  }
}

function integer(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new TypeError(`${text} is not a number`)
  return Number(text)
}
