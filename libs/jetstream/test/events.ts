import { randomUUID } from 'node:crypto'
import { openJetStream, toMessage, type JetStream, type Message, type StreamEvent } from '../src/index.ts'

export function natsUrl(): string {
  const url = process.env['PLIMSOLL_TEST_NATS']
  if (url === undefined) throw new Error('PLIMSOLL_TEST_NATS is not set: run these tests by `npm test`')
  return url
}

/** A connection with subjects and streams of its own, deleted at the end. */
export async function freshJetStream(url = natsUrl()): Promise<JetStream> {
  const js = await openJetStream({ url, name: 'test', prefix: `t${randomUUID().slice(0, 8)}` })
  return {
    ...js,
    [Symbol.asyncDispose]: async () => {
      const names = await js.manager.streams.names(`${js.prefix}.>`).next()
      for (const name of names) await js.manager.streams.delete(name)
      await js[Symbol.asyncDispose]()
    },
  }
}

export function event(position: number, more: Partial<StreamEvent> = {}): StreamEvent {
  return {
    position,
    previousInStream: position - 1,
    eventId: `event-${position}`,
    stream: 'workflow-web',
    version: position,
    type: 'PlanMade',
    schemaVersion: 1,
    data: { position },
    commandId: `command-${position}`,
    causationId: null,
    correlationId: `command-${position}`,
    actor: 'test',
    reason: null,
    traceparent: null,
    recordedAt: new Date(1_700_000_000_000 + position),
    ...more,
  }
}

export function messages(js: JetStream, from: number, to: number): Message[] {
  return Array.from({ length: to - from + 1 }, (_, index) => toMessage(js, event(from + index)))
}

/** The positions that the stream holds, by sequence. */
export async function stored(js: JetStream, epoch = 0): Promise<Map<number, string>> {
  const stream = `${js.prefix.toUpperCase()}_EVENTS_${epoch}`
  const { state } = await js.manager.streams.info(stream)
  const result = new Map<number, string>()
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await js.manager.streams.getMessage(stream, { seq })
    if (message !== null) result.set(seq, message.header.get('Plimsoll-Position'))
  }
  return result
}
