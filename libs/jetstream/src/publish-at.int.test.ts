import { expect, test } from 'vitest'
import { freshJetStream, messages, stored } from '../test/events.ts'
import { ensureEventStream, lastSequence, publishAt, StreamAheadError, StreamMissingError } from './index.ts'

test('a stream keeps each event at the sequence that is its position', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0, firstSequence: 101 })
  const result = await publishAt(js, messages(js, 101, 900), { window: 64 })
  expect(result).toEqual({ lastSequence: 900, refused: false })
  const all = await stored(js)
  expect(all.size).toBe(800)
  expect([...all].every(([sequence, position]) => String(sequence) === position)).toBe(true)
})

test('a new stream is empty and ends before its first sequence', async () => {
  await using js = await freshJetStream()
  expect(await lastSequence(js, 3)).toBeNull()
  const made = await ensureEventStream(js, { epoch: 3, firstSequence: 42 })
  expect(made).toMatchObject({ lastSequence: 41, created: true })
  expect(await ensureEventStream(js, { epoch: 3, firstSequence: 7 })).toMatchObject({
    lastSequence: 41,
    created: false,
  })
  expect(await lastSequence(js, 3)).toBe(41)
})

test('what a second relay sends is refused and changes nothing', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 20))
  const late = await publishAt(js, messages(js, 11, 15))
  expect(late.refused).toBe(true)
  expect(await lastSequence(js, 0)).toBe(20)
  expect(await publishAt(js, messages(js, 21, 30))).toEqual({ lastSequence: 30, refused: false })
})

test('two relays at once store each position once', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  const results = await Promise.all([publishAt(js, messages(js, 1, 500)), publishAt(js, messages(js, 1, 500))])
  expect(results.some(({ refused }) => refused)).toBe(true)
  const end = (await lastSequence(js, 0)) ?? 0
  const all = await stored(js)
  expect(all.size).toBe(end)
  expect([...all].every(([sequence, position]) => String(sequence) === position)).toBe(true)
})

test('a message beyond the end is refused', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  expect(await publishAt(js, messages(js, 5, 9))).toEqual({ lastSequence: 4, refused: true })
  expect(await lastSequence(js, 0)).toBe(0)
})

test('publishing without a stream names the missing stream at once', async () => {
  await using js = await freshJetStream()
  await expect(publishAt(js, messages(js, 1, 3))).rejects.toThrow(StreamMissingError)
})

test('the stream of an earlier epoch makes room, that of a later one does not', async () => {
  await using js = await freshJetStream()
  await ensureEventStream(js, { epoch: 0 })
  await publishAt(js, messages(js, 1, 10))
  expect(await ensureEventStream(js, { epoch: 1, firstSequence: 6 })).toMatchObject({ lastSequence: 5, created: true })
  expect(await lastSequence(js, 0)).toBeNull()
  await expect(ensureEventStream(js, { epoch: 0 })).rejects.toThrow(StreamAheadError)
})

test('changed limits are taken over by a stream that exists', async () => {
  await using js = await freshJetStream()
  const { name } = await ensureEventStream(js, { epoch: 0 })
  await ensureEventStream(js, { epoch: 0, maxAgeMs: 3_600_000, maxBytes: 1_000_000 })
  const { config } = await js.manager.streams.info(name)
  expect(config.max_age).toBe(3_600_000 * 1_000_000)
  expect(config.max_bytes).toBe(1_000_000)
})
