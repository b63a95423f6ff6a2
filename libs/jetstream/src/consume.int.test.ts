import { expect, test, vi } from 'vitest'
import { freshJetStream, messages } from '../test/events.ts'
import { natsServer } from '@plimsoll/harness'
import { consume, ensureEventStream, onPoke, openJetStream, poke, publishAt, type ConnectionStatus } from './index.ts'

test('a durable consumer goes on where its predecessor acknowledged', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 10))
  const first = collect(js, { start: 'all' })
  await vi.waitFor(() => expect(first.positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), { timeout: 60_000 })
  await first.stop()
  await publishAt(js, messages(js, 11, 12))
  const second = collect(js, { start: 'all' })
  await vi.waitFor(() => expect(second.positions).toEqual([11, 12]), { timeout: 60_000 })
  await second.stop()
})

test('a new consumer gets the last event as a hint, then what is new', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 10))
  const seen = collect(js, { filter: [{ kind: 'workflow', type: 'PlanMade' }, { type: 'PlanFailed' }] })
  await vi.waitFor(() => expect(seen.positions).toEqual([10]), { timeout: 60_000 })
  await publishAt(js, messages(js, 11, 11))
  await vi.waitFor(() => expect(seen.positions).toEqual([10, 11]), { timeout: 60_000 })
  await seen.stop()
})

test('a filter keeps out what was not asked for, also after it was changed', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 3))
  const none = collect(js, { start: 'all', filter: [{ type: 'SyncFailed' }] })
  await vi.waitFor(
    async () =>
      expect((await js.manager.consumers.info(`${js.prefix.toUpperCase()}_EVENTS_0`, 'test')).num_waiting).toBe(1),
    { timeout: 60_000 },
  )
  await none.stop()
  expect(none.positions).toEqual([])
  const some = collect(js, { start: 'all', filter: [{ kind: 'workflow', id: 'web' }] })
  await publishAt(js, messages(js, 4, 4))
  await vi.waitFor(() => expect(some.positions).toContain(4), { timeout: 60_000 })
  await some.stop()
})

test('what a handler throws on comes again', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 2))
  const seen = collect(js, { start: 'all', failures: 1 })
  await vi.waitFor(() => expect(seen.positions).toEqual([1, 2]), { timeout: 60_000 })
  expect(seen.errors).toHaveLength(1)
  await seen.stop()
})

test('a message is acknowledged when its handling is done, and not before', async () => {
  await using js = await freshJetStream()
  const { name } = await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 3))
  const handling = Promise.withResolvers<void>()
  const unacknowledged = async () => (await js.manager.consumers.info(name, 'test')).num_ack_pending
  const seen = collect(js, { start: 'all', handle: () => handling.promise })
  await vi.waitFor(async () => expect(await unacknowledged()).toBe(3), { timeout: 60_000 })
  handling.resolve()
  await vi.waitFor(async () => expect(await unacknowledged()).toBe(0), { timeout: 60_000 })
  await seen.stop()
})

test('a consumer whose stream was deleted and made again goes on', async () => {
  await using js = await freshJetStream()
  const { name } = await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 2))
  const seen = collect(js, {})
  await vi.waitFor(() => expect(seen.positions).toEqual([2]), { timeout: 60_000 })
  await js.manager.streams.delete(name)
  await ensureEventStream(js, { epoch: 0, firstSequence: 2 })
  await publishAt(js, messages(js, 2, 5))
  await vi.waitFor(() => expect(seen.positions.at(-1)).toBe(5), { timeout: 60_000 })
  await seen.stop()
})

test('pokes and consumers survive a restart of the server, and one that lost its storage', async () => {
  await using server = await natsServer()
  const statuses: ConnectionStatus['type'][] = []
  await using js = await openJetStream({ url: server.url, name: 'test', onStatus: ({ type }) => statuses.push(type) })
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 2))
  const seen = collect(js, {})
  const stop = new AbortController()
  let pokes = 0
  const poked = (async () => {
    for await (const _ of onPoke(js, 'work.plan', stop.signal)) pokes += 1
  })()
  await vi.waitFor(() => expect(seen.positions).toEqual([2]), { timeout: 60_000 })
  await server.stop()
  poke(js, 'work.plan')
  await server.wipe()
  await server.start()
  await vi.waitFor(() => expect(statuses.at(-1)).toBe('connected'), { timeout: 60_000 })
  expect(statuses).toContain('disconnected')
  await ensureEventStream(js, { epoch: 0, firstSequence: 3 })
  await publishAt(js, messages(js, 3, 4))
  await vi.waitFor(() => expect(seen.positions.at(-1)).toBe(4), { timeout: 60_000 })
  poke(js, 'work.plan')
  await vi.waitFor(() => expect(pokes).toBe(1), { timeout: 60_000 })
  stop.abort()
  await poked
  await seen.stop()
})

function collect(
  js: Parameters<typeof consume>[0],
  { failures = 0, ...options }: Partial<Parameters<typeof consume>[1]> & { failures?: number },
) {
  const positions: number[] = []
  const errors: unknown[] = []
  const controller = new AbortController()
  let left = failures
  const running = consume(js, {
    durable: 'test',
    signal: controller.signal,
    onError: (error) => errors.push(error),
    handle: (batch) => {
      if (left-- > 0) return Promise.reject(new Error('not now'))
      positions.push(...batch.map(({ position }) => position))
      return Promise.resolve()
    },
    ...options,
  })
  return {
    positions,
    errors,
    stop: async () => {
      controller.abort()
      await running
    },
  }
}
