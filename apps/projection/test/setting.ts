import { append, migrate, openEventLog, type EventLog } from '@plimsoll/event-log'
import { freshDatabase, testEnvironment } from '@plimsoll/harness'
import { openJetStream, poke, type JetStream } from '@plimsoll/jetstream'
import { createLogger } from '@plimsoll/runtime'
import { randomUUID } from 'node:crypto'
import { startProjection, type Projection, type ProjectionOptions } from '../src/projection.ts'

/** A log in a database of its own, and subjects of its own on a NATS server. */
export type Setting = AsyncDisposable & {
  readonly log: EventLog
  readonly js: JetStream
  /** Starts a replica, on the log given or on the setting's own. */
  readonly start: (more?: Pick<ProjectionOptions, 'stream'> & { readonly log?: EventLog }) => Promise<Projection>
  /** Appends events to the stream, one append for each, and pokes as every service does. */
  readonly record: (
    stream: string,
    count: number,
    more?: { readonly type?: string; readonly data?: object },
  ) => Promise<void>
}

export async function openSetting(natsUrl?: string): Promise<Setting> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const log = stack.use(openEventLog({ url: database.url }))
  await migrate(log)
  const setting = stack.use(await settingOn(log, natsUrl))
  const resources = stack.move()
  return { ...setting, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** The same on a log that the caller opened. */
export async function settingOn(log: EventLog, natsUrl = testEnvironment('PLIMSOLL_TEST_NATS')): Promise<Setting> {
  const js = await openJetStream({ url: natsUrl, name: 'test', prefix: `t${randomUUID().slice(0, 8)}` })
  const versions = new Map<string, number>()
  return {
    log,
    js,
    start: ({ stream = {}, ...more } = {}) =>
      startProjection({ log, js, logger: testLogger(), replica: randomUUID(), ...more }, { checkMs: 300, stream }),
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
      await js[Symbol.asyncDispose]()
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
