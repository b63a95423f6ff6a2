import { head, openEventLog, readLog, sequence } from '@plimsoll/event-log'
import { ensureEventStream, openJetStream, publishAt, toMessage, type StreamEvent } from '@plimsoll/jetstream'
import { expect, test } from 'vitest'
import { natsServer, testEnvironment, until } from '@plimsoll/harness'
import { isComplete, lastStored, openSetting, stored, streamOf, type Setting } from '../test/setting.ts'

const arrives = (setting: Setting, position: number) =>
  until(async () => (await lastStored(setting.js)) === position, { what: `the stream ends at ${position}` })

test('every event reaches the stream at the sequence that is its position', async () => {
  await using setting = await openSetting()
  await using _ = await setting.start()
  await Promise.all([
    setting.record('repository-a', 40),
    setting.record('workflow-b', 60),
    setting.record('system', 20),
  ])
  await arrives(setting, 120)
  expect(isComplete(await stored(setting.js), 1, 120)).toBe(true)
})

test('two projections at once publish each event once, and one of them leads', async () => {
  await using setting = await openSetting()
  await using other = openEventLog({ url: setting.log.url })
  const first = await setting.start()
  await until(first.leads, { what: 'the first leads' })
  await using second = await setting.start({ log: other })
  await setting.record('repository-a', 30)
  await arrives(setting, 30)
  expect(second.leads()).toBe(false)
  await first[Symbol.asyncDispose]()
  await until(second.leads, { what: 'the second leads once the first is gone' })
  await setting.record('repository-a', 30)
  await arrives(setting, 60)
  expect(isComplete(await stored(setting.js), 1, 60)).toBe(true)
})

test('a replica that stands by goes on when the leader does nothing', async () => {
  await using setting = await openSetting()
  await using session = openEventLog({ url: setting.log.url, maxConnections: 1 })
  // A leader that hangs: it holds the lock and never sequences.
  await session.db
    .selectNoFrom((eb) => eb.fn<unknown>('pg_advisory_lock', [eb.lit(7_415_467_666)]).as('held'))
    .execute()
  await using replica = await setting.start()
  await setting.record('repository-a', 5)
  await arrives(setting, 5)
  expect(replica.leads()).toBe(false)
})

test('a deleted stream is made again and filled with the same numbers', async () => {
  await using setting = await openSetting()
  await using projection = await setting.start()
  await setting.record('repository-a', 25)
  await arrives(setting, 25)
  await setting.js.manager.streams.delete(await streamOf(setting.js))
  await arrives(setting, 25)
  expect(isComplete(await stored(setting.js), 1, 25)).toBe(true)
  await setting.record('repository-a', 5)
  await arrives(setting, 30)
  expect(projection.ready()).toEqual([])
})

test('a NATS server that lost everything is filled again, and one that lost the end as well', async () => {
  await using server = await natsServer()
  await using setting = await openSetting(server.url)
  await using projection = await setting.start()
  await setting.record('repository-a', 20)
  await arrives(setting, 20)

  await server.stop()
  await server.wipe()
  await setting.record('repository-a', 10)
  await until(() => projection.ready().length > 0, { what: 'the projection says that NATS is away' })
  await server.start()
  await arrives(setting, 30)
  expect(isComplete(await stored(setting.js), 1, 30)).toBe(true)

  await server.stop()
  await server.save()
  await server.start()
  await setting.record('repository-a', 15)
  await arrives(setting, 45)
  await server.stop()
  await server.restore()
  await server.start()
  await arrives(setting, 45)
  expect(isComplete(await stored(setting.js), 1, 45)).toBe(true)
  await until(() => projection.ready().length === 0, { what: 'the projection is ready again' })
})

test('a relay that died in the middle of a batch is followed without a gap or a double', async () => {
  await using setting = await openSetting()
  await using other = await openJetStream({
    url: testEnvironment('PLIMSOLL_TEST_NATS'),
    name: 'dying',
    prefix: setting.js.prefix,
  })
  await setting.record('repository-a', 40)
  await (await setting.start())[Symbol.asyncDispose]()
  const { epoch } = await head(setting.log)
  await ensureEventStream(other, { epoch })
  // What the dying relay got out: the first of its batch, not all of it.
  await publishAt(
    other,
    [1, 2, 3, 4, 5, 6, 7].map((position) => toMessage(other, sample(position))),
  )
  await using _ = await setting.start()
  await arrives(setting, 40)
  expect(isComplete(await stored(setting.js), 1, 40)).toBe(true)
})

test('a stream made anew begins with the oldest event that it would still hold', async () => {
  await using setting = await openSetting()
  await setting.record('repository-a', 10)
  await until(async () => (await sequence(setting.log, 100)) === 0, { what: 'the log is sequenced' })
  const [last] = await readLog(setting.log, { after: 9, limit: 1 })
  await until(() => Date.now() > (last?.sequencedAt.getTime() ?? 0) + 2_000, { what: 'the events are two seconds old' })
  await using _ = await setting.start({ stream: { maxAgeMs: 2_000 } })
  await setting.record('repository-a', 1)
  await arrives(setting, 11)
  expect((await setting.js.manager.streams.info(await streamOf(setting.js))).config.first_seq).toBe(11)
})

test('a stream that is ahead of the log stops the relay with a clear error until the epoch is raised', async () => {
  await using setting = await openSetting()
  const { epoch } = await head(setting.log)
  await ensureEventStream(setting.js, { epoch })
  await publishAt(
    setting.js,
    [1, 2, 3].map((position) => toMessage(setting.js, sample(position))),
  )
  await using projection = await setting.start()
  await setting.record('repository-a', 2)
  await until(async () => (await head(setting.log)).position === 2, { what: 'the sequencer goes on' })
  const trouble = /^relay: the stream of epoch \d+ ends at 3, but the log at 2: the database lost events/
  await until(() => trouble.test(projection.ready().join()), { what: 'the projection says what is wrong' })
  expect(projection.live()).toEqual([])
  expect(await lastStored(setting.js)).toBe(3)
  await setting.log.db
    .updateTable('log_head')
    .set({ epoch: epoch + 1 })
    .execute()
  await arrives(setting, 2)
  const message = await setting.js.manager.streams.getMessage(await streamOf(setting.js), { seq: 2 })
  expect(message?.header.get('ce-id')).not.toBe('other-2')
  await until(() => projection.ready().length === 0, { what: 'the projection is ready again' })
})

test('an event that is too large for the server arrives without its data', async () => {
  await using server = await natsServer({ maxPayload: 4_096 })
  await using setting = await openSetting(server.url)
  await using _ = await setting.start()
  await setting.record('repository-a', 1)
  await setting.record('repository-a', 1, { data: { source: 'x'.repeat(10_000) } })
  await setting.record('repository-a', 1)
  await arrives(setting, 3)
  const message = await setting.js.manager.streams.getMessage(await streamOf(setting.js), { seq: 2 })
  expect(message?.header.get('Plimsoll-Omitted')).toBe('10013')
})

function sample(position: number): StreamEvent {
  return {
    position,
    previousInStream: position - 1,
    eventId: `other-${position}`,
    stream: 'repository-a',
    version: position,
    type: 'RefreshRequested',
    schemaVersion: 1,
    data: {},
    commandId: 'c',
    causationId: null,
    correlationId: 'c',
    actor: 'test',
    reason: null,
    traceparent: null,
    recordedAt: new Date(),
  }
}
