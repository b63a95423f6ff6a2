import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { cause, event, given, sequenceAll } from '../test/given.ts'
import { waitUntilBlocked } from '../test/wait-until-blocked.ts'
import {
  append,
  type Claim,
  claim,
  BlobMissingError,
  CommandReusedError,
  ConcurrencyError,
  type EventLog,
  EventTooLargeError,
  head,
  LeaseLostError,
  positionAt,
  putBlob,
  readLog,
  readStream,
  release,
  wake,
} from './index.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

test('events get the versions after the expected one, and are read back as they were given', async () => {
  const commandId = 'a-command'
  const { version, events } = await append(log, {
    stream: 'workflow-a',
    expectedVersion: 0,
    events: [event('Created', { name: 'web', tags: ['x', null, 1.5], none: undefined }), event('Changed', 'text')],
    cause: {
      commandId,
      actor: 'alice',
      reason: 'because',
      causationId: 'why',
      correlationId: 'chain',
      traceparent: '00-ab-cd-01',
    },
  })
  expect(version).toBe(2)
  expect(await readStream(log, 'workflow-a')).toEqual(events)
  expect(events[0]).toMatchObject({
    stream: 'workflow-a',
    version: 1,
    type: 'Created',
    schemaVersion: 1,
    data: { name: 'web', tags: ['x', null, 1.5] },
    commandId,
    actor: 'alice',
    reason: 'because',
    causationId: 'why',
    correlationId: 'chain',
    traceparent: '00-ab-cd-01',
  })
  expect(events[1]).toMatchObject({ version: 2, data: 'text' })
})

test('an append at another version than the expected one is refused and records nothing', async () => {
  await given(log, 'workflow-b', 0, 'Created')
  for (const expectedVersion of [0, 2, 7]) {
    const error = await given(log, 'workflow-b', expectedVersion, 'Changed').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ConcurrencyError)
    expect(error).toMatchObject({ stream: 'workflow-b', expectedVersion, actualVersion: 1 })
  }
  await expect(given(log, 'workflow-unknown', 3, 'Changed')).rejects.toMatchObject({ actualVersion: 0 })
  expect(await readStream(log, 'workflow-b')).toHaveLength(1)
})

test('of many writers at one version exactly one is accepted', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => given(log, 'workflow-c', 0, 'Created', 'Changed')),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await readStream(log, 'workflow-c')).map(({ version }) => version)).toEqual([1, 2])
})

test('a command sent again gets its earlier result, also after the stream went on', async () => {
  const once = {
    stream: 'workflow-d',
    expectedVersion: 0,
    events: [event('Created', { a: 1 }), event('Changed')],
    cause: cause(),
  }
  const first = await append(log, once)
  await given(log, 'workflow-d', 2, 'Changed')
  expect(await append(log, once)).toEqual(first)
  expect(await append(log, { ...once, expectedVersion: 3 })).toEqual(first)
  expect(await readStream(log, 'workflow-d')).toHaveLength(3)
})

test('a command sent many times at once is recorded once', async () => {
  const once = { stream: 'workflow-e', expectedVersion: 0, events: [event('Created')], cause: cause() }
  const results = await Promise.all(Array.from({ length: 10 }, () => append(log, once)))
  expect(new Set(results.map(({ events }) => events[0]?.eventId)).size).toBe(1)
})

test('a command id that comes again with other events is an error', async () => {
  const once = { stream: 'workflow-f', expectedVersion: 0, events: [event('Started')], cause: cause() }
  await append(log, once)
  await expect(append(log, { ...once, expectedVersion: 1, events: [event('Ended')] })).rejects.toBeInstanceOf(
    CommandReusedError,
  )
})

test('no events append nothing', async () => {
  expect(await append(log, { stream: 'workflow-none', expectedVersion: 4, events: [], cause: cause() })).toEqual({
    version: 4,
    events: [],
  })
})

test('data of 64 KiB is recorded, more is refused', async () => {
  const text = 'x'.repeat(65_536 - 2)
  await append(log, { stream: 'workflow-g', expectedVersion: 0, events: [event('Large', text)], cause: cause() })
  for (const data of [`${text}x`, Array.from({ length: 30_000 }, () => 1), [...Array(500).keys()].map(() => 1e300)]) {
    const tooLarge = append(log, {
      stream: 'workflow-g',
      expectedVersion: 1,
      events: [event('Large', data)],
      cause: cause(),
    })
    await expect(tooLarge).rejects.toBeInstanceOf(EventTooLargeError)
  }
})

test('text that jsonb cannot hold is recorded with replacement characters', async () => {
  const data = { 'k\0': ['\ud800', 'fine \\u0000'] }
  const { events } = await append(log, {
    stream: 'workflow-h',
    expectedVersion: 0,
    events: [event('Odd', data)],
    cause: cause(),
  })
  expect(events[0]?.data).toEqual({ 'k\ufffd': ['\ufffd', 'fine \\u0000'] })
  expect(await readStream(log, 'workflow-h')).toEqual(events)
})

test('a reason is cut at 2,000 characters', async () => {
  const { events } = await append(log, {
    stream: 'workflow-i',
    expectedVersion: 0,
    events: [event('Failed')],
    cause: { ...cause(), reason: 'long '.repeat(1_000) },
  })
  expect(events[0]?.reason).toHaveLength(2_000)
})

test('an event refers to stored blobs only', async () => {
  const digest = await putBlob(log, Buffer.from('a body'))
  const at = { stream: 'workflow-j', cause: cause() }
  await append(log, {
    ...at,
    expectedVersion: 0,
    events: [event('None'), { ...event('Stored'), blobs: [digest, digest] }],
  })
  const missing = append(log, {
    ...at,
    cause: cause(),
    expectedVersion: 2,
    events: [{ ...event('Stored'), blobs: [`sha256:${'0'.repeat(64)}`] }],
  })
  await expect(missing).rejects.toBeInstanceOf(BlobMissingError)
  const rows = await log.db
    .selectFrom('event_blob')
    .innerJoin('event', 'event.id', 'event_blob.id')
    .select('version')
    .where('digest', '=', digest)
    .execute()
  expect(rows).toEqual([{ version: 2 }])
})

test('a fenced append needs the claim: its epoch, and its lease', async () => {
  await wake(log, 'fence', [{ stream: 'workflow-k' }])
  const options = { role: 'fence', owner: 'me', leaseMs: 60_000, limit: 1 }
  const [mine] = await claim(log, options)
  if (mine === undefined) throw new Error('nothing was claimed')
  const at = { stream: 'workflow-k', events: [event('Started')] }
  await append(log, { ...at, expectedVersion: 0, cause: cause(), fence: mine })
  await release(log, mine)
  const again = (fence: Claim | undefined) => append(log, { ...at, expectedVersion: 1, cause: cause(), fence })
  await expect(again(mine)).rejects.toBeInstanceOf(LeaseLostError)
  const [theirs] = await claim(log, { ...options, owner: 'they' })
  await expect(again(mine)).rejects.toBeInstanceOf(LeaseLostError)
  if (theirs !== undefined) await release(log, theirs)
  const [over] = await claim(log, { ...options, leaseMs: 0 })
  await expect(again(over)).rejects.toBeInstanceOf(LeaseLostError)
  expect(await readStream(log, 'workflow-k')).toHaveLength(1)
})

test('a locked stream is not appended to while the append that locks it runs, and must be at the version given', async () => {
  const lockStreams = [{ stream: 'system', version: 0 }]
  await append(log, {
    stream: 'workflow-l',
    expectedVersion: 0,
    events: [event('Started')],
    cause: cause(),
    lockStreams: ['system'],
  })
  const order: string[] = []
  let stop: Promise<unknown> = Promise.resolve()
  await log.db.transaction().execute(async (db) => {
    await append(
      { db },
      { stream: 'workflow-l', expectedVersion: 1, events: [event('Started')], cause: cause(), lockStreams },
    )
    stop = given(log, 'system', 0, 'AutoSyncStopped').then(() => order.push('stopped'))
    await waitUntilBlocked(log)
    order.push('started')
  })
  await stop
  expect(order).toEqual(['started', 'stopped'])
  const late = append(log, {
    stream: 'workflow-l',
    expectedVersion: 2,
    events: [event('Started')],
    cause: cause(),
    lockStreams,
  })
  await expect(late).rejects.toMatchObject({
    name: 'ConcurrencyError',
    stream: 'system',
    expectedVersion: 0,
    actualVersion: 1,
  })
})

test('events and their order cannot be changed, deleted or truncated', async () => {
  await given(log, 'workflow-m', 0, 'Created')
  await sequenceAll(log)
  for (const [table, column] of [
    ['event', 'data'],
    ['log', 'position'],
  ]) {
    for (const change of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`]) {
      await expect(sql.raw(change).execute(log.db)).rejects.toThrow('append-only')
    }
  }
})

test('the log has dense positions, each with that of its predecessor in the stream', async () => {
  await given(log, 'repository-a', 0, 'One', 'Two')
  await given(log, 'repository-b', 0, 'One')
  await sequenceAll(log)
  const before = await positionAt(log, new Date())
  await given(log, 'repository-a', 2, 'Three')
  await sequenceAll(log)
  const { position } = await head(log)
  const all = await readLog(log, { after: 0, limit: 1_000 })
  expect(all.map((event) => event.position)).toEqual(Array.from({ length: position }, (_, index) => index + 1))
  const a = await readLog(log, { after: 0, limit: 1_000, stream: 'repository-a' })
  expect(a.map(({ type }) => type)).toEqual(['One', 'Two', 'Three'])
  expect(a.map(({ previousInStream }) => previousInStream)).toEqual([0, a[0]?.position, a[1]?.position])
  expect(await readLog(log, { after: before, limit: 10, streamPrefix: 'repository-' })).toEqual([a[2]])
  expect(await readStream(log, 'repository-a', { atPosition: before })).toHaveLength(2)
  expect(await readStream(log, 'repository-a', { afterVersion: 1, toVersion: 2 })).toMatchObject([{ type: 'Two' }])
})

test('an instant is the last position that was given by then', async () => {
  const all = await readLog(log, { after: 0, limit: 1_000 })
  expect(await positionAt(log, new Date(0))).toBe(0)
  expect(await positionAt(log, new Date(Date.now() + 60_000))).toBe(all.length)
  const instants = [...new Set(all.map(({ sequencedAt }) => sequencedAt.getTime()))]
  for (const instant of instants) {
    const last = all.findLast(({ sequencedAt }) => sequencedAt.getTime() <= instant)?.position ?? 0
    expect(await positionAt(log, new Date(instant + 1))).toBeGreaterThanOrEqual(last)
  }
})
