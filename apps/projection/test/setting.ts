import { append, migrate, openEventLog, type EventLog } from '@plimsoll/event-log'
import { freshDatabase, testEnvironment } from '@plimsoll/harness'
import { openJetStream, poke, type JetStream } from '@plimsoll/jetstream'
import { createLogger } from '@plimsoll/runtime'
import { randomUUID } from 'node:crypto'
import { startProjection, type Projection, type ProjectionDependencies } from '../src/projection.ts'

/** A log in a database of its own, and subjects of its own on a NATS server. */
export type Setting = AsyncDisposable & {
  readonly log: EventLog
  readonly js: JetStream
  readonly start: (more?: Partial<ProjectionDependencies>) => Promise<Projection>
  /** Appends events to the stream, one append for each, and pokes as every service does. */
  readonly record: (
    stream: string,
    count: number,
    more?: { readonly type?: string; readonly data?: object },
  ) => Promise<void>
}

export async function openSetting(natsUrl = testEnvironment('PLIMSOLL_TEST_NATS')): Promise<Setting> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const log = stack.use(openEventLog({ url: database.url }))
  await migrate(log)
  const js = stack.use(await openJetStream({ url: natsUrl, name: 'test', prefix: `t${randomUUID().slice(0, 8)}` }))
  const versions = new Map<string, number>()
  const resources = stack.move()
  return {
    log,
    js,
    start: (more) => startProjection({ log, js, logger: testLogger(), checkMs: 300, ...more }),
    record: async (stream, count, { type = 'RefreshRequested', data = { source: 'api' } } = {}) => {
      for (let i = 0; i < count; i += 1) {
        const { version } = await append(log, {
          stream,
          expectedVersion: versions.get(stream) ?? 0,
          events: [{ type, schemaVersion: 1, data: { ...data } }],
          cause: { commandId: randomUUID(), actor: 'test' },
        })
        versions.set(stream, version)
        poke(js, 'log')
      }
    },
    [Symbol.asyncDispose]: async () => {
      await deleteStreams(js).catch(() => {})
      await resources.disposeAsync()
    },
  }
}

/** What the stream holds: the position that each message names, by its sequence. */
export async function stored(js: JetStream): Promise<Map<number, number>> {
  const name = await streamOf(js)
  const { state } = await js.manager.streams.info(name)
  const result = new Map<number, number>()
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await js.manager.streams.getMessage(name, { seq })
    if (message !== null) result.set(seq, Number(message.header.get('Plimsoll-Position')))
  }
  return result
}

export async function lastStored(js: JetStream): Promise<number> {
  return (await js.manager.streams.info(await streamOf(js))).state.last_seq
}

export async function streamOf(js: JetStream): Promise<string> {
  // The client library lets a request wait for its time-out when there is no server.
  if (!js.isConnected()) throw new Error('NATS is away')
  const [name] = await js.manager.streams.names(`${js.prefix}.events.>`).next()
  if (name === undefined) throw new Error('there is no stream')
  return name
}

/** Each position once, at the sequence of the same number, from `first` to `last`. */
export function isComplete(all: ReadonlyMap<number, number>, first: number, last: number): boolean {
  return all.size === last - first + 1 && [...all].every(([sequence, position]) => sequence === position)
}

function testLogger() {
  return createLogger({ name: 'projection', level: process.env['PLIMSOLL_TEST_LOG'] ?? 'silent', pretty: true })
}

async function deleteStreams(js: JetStream): Promise<void> {
  for (const name of await js.manager.streams.names(`${js.prefix}.>`).next()) await js.manager.streams.delete(name)
}
