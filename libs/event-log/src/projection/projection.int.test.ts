import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { event, cause, given, sequenceAll } from '../../test/given.ts'
import {
  append,
  catchUp,
  type EventLog,
  head,
  listRows,
  liveGeneration,
  makeLive,
  openGeneration,
  pickFromRows,
  type Projection,
  readLog,
  readRow,
  readRows,
  runProjection,
  UnknownEventError,
  workOf,
} from '../index.ts'
import { foldEvents } from './fold.ts'
import { roleOf } from './generation.ts'
import { emptyCache } from './row-cache.ts'

let log: EventLog
beforeEach(async () => {
  log = await freshLog()
})
afterEach(async () => {
  await log[Symbol.asyncDispose]()
})

type Count = { readonly count: number; readonly last: string }

function counting(codeHash: string, step = 1): Projection<Count> {
  return {
    name: 'count',
    codeHash,
    keysOf: ({ stream }) => [stream],
    evolve: (body, { type }) => {
      if (type === 'Alien') throw new UnknownEventError(`unknown event type ${type}`)
      return type === 'Deleted' ? undefined : { count: (body?.count ?? 0) + step, last: type }
    },
  }
}

async function build(projection: Projection<Count>): Promise<void> {
  await openGeneration(log, projection)
  await catchUp(log, projection)
}

test('rows are what the events of the log fold to, with the version and position of the last one', async () => {
  await given(log, 'workflow-a', 0, 'Created', 'Changed')
  await given(log, 'workflow-b', 0, 'Created', 'Deleted')
  await given(log, 'workflow-a', 2, 'Changed')
  await sequenceAll(log)
  await build(counting('1'))
  expect(await readRow(log, 'count', 'workflow-a')).toBeUndefined()
  expect(await makeLive(log, counting('1'))).toBe(true)
  expect(await readRow(log, 'count', 'workflow-a')).toEqual({
    key: 'workflow-a',
    body: { count: 3, last: 'Changed' },
    version: 3,
    position: 5,
  })
  expect(await readRow(log, 'count', 'workflow-b')).toBeUndefined()
  expect(await liveGeneration(log, 'count')).toMatchObject({ position: 5 })
})

test('parts of rows are read with whether they are behind their streams, and streams without a row too', async () => {
  await given(log, 'workflow-a', 0, 'Created', 'Changed')
  await given(log, 'workflow-b', 0, 'Created')
  await given(log, 'repository-a', 0, 'Created')
  await sequenceAll(log)
  await build(counting('1'))
  await makeLive(log, counting('1'))
  await given(log, 'workflow-b', 1, 'Changed')
  await given(log, 'workflow-c', 0, 'Created')
  const picked = await pickFromRows(log, 'count', {
    prefix: 'workflow-',
    paths: { count: ['count'], none: ['last', 'of'] },
  })
  expect(picked).toEqual([
    { stream: 'workflow-a', isBehind: false, picked: { count: 2, none: null } },
    { stream: 'workflow-b', isBehind: true, picked: { count: 1, none: null } },
    { stream: 'workflow-c', isBehind: true, picked: { count: null, none: null } },
  ])
  const keys = ['workflow-b', 'workflow-c', 'repository-a']
  expect((await readRows(log, 'count', keys)).map(({ key }) => key)).toEqual(['repository-a', 'workflow-b'])
})

test('a row that is removed after it was stored is gone, and may come again', async () => {
  const projection = counting('1')
  const cache = emptyCache<Count>()
  await openGeneration(log, projection)
  await makeLive(log, projection)
  for (const [version, type] of ['Created', 'Deleted', 'Created'].entries()) {
    await given(log, 'workflow-a', version, type)
    await sequenceAll(log)
    await catchUp(log, projection, cache)
    expect((await readRow<Count>(log, 'count', 'workflow-a'))?.body.count).toBe(type === 'Deleted' ? undefined : 1)
  }
})

test('rows are listed by key, by prefix, by content and by page', async () => {
  for (const stream of ['workflow-a', 'workflow-b', 'workflow-c', 'zebra']) await given(log, stream, 0, 'Created')
  await given(log, 'workflow-b', 1, 'Changed')
  await sequenceAll(log)
  await build(counting('1'))
  await makeLive(log, counting('1'))
  const keys = async (options: Parameters<typeof listRows>[2]) =>
    (await listRows(log, 'count', options)).map(({ key }) => key)
  expect(await keys({ limit: 10 })).toEqual(['workflow-a', 'workflow-b', 'workflow-c', 'zebra'])
  expect(await keys({ limit: 10, prefix: 'workflow-' })).toEqual(['workflow-a', 'workflow-b', 'workflow-c'])
  expect(await keys({ limit: 2, prefix: 'workflow-', after: 'workflow-a' })).toEqual(['workflow-b', 'workflow-c'])
  expect(await keys({ limit: 10, filter: { last: 'Changed' } })).toEqual(['workflow-b'])
})

test('two that fold at once leave the same rows as one', async () => {
  for (let index = 0; index < 300; index++) await given(log, `workflow-${index % 7}`, Math.floor(index / 7), 'Changed')
  await sequenceAll(log)
  const projection = counting('1')
  await openGeneration(log, projection)
  await Promise.all([catchUp(log, projection), catchUp(log, projection)])
  await makeLive(log, projection)
  const rows = await listRows<Count>(log, 'count', { limit: 10 })
  expect(rows.reduce((sum, { body }) => sum + body.count, 0)).toBe(300)
})

test('one that folds on after another has folded meanwhile starts from what is stored, not from what it remembers', async () => {
  const projection = counting('1')
  const remembered = emptyCache<Count>()
  await openGeneration(log, projection)
  await makeLive(log, projection)
  for (const [version, cache] of [remembered, emptyCache<Count>(), remembered].entries()) {
    await given(log, 'workflow-a', version, 'Changed')
    await sequenceAll(log)
    await catchUp(log, projection, cache)
  }
  expect(await readRow(log, 'count', 'workflow-a')).toMatchObject({ body: { count: 3 } })
})

test('what was folded from a position that another has passed is refused', async () => {
  const projection = counting('1')
  await given(log, 'workflow-a', 0, 'Created', 'Changed')
  await sequenceAll(log)
  const stale = await openGeneration(log, projection)
  const [first] = await readLog(log, { after: 0, limit: 1 })
  if (first === undefined) throw new Error('the log is empty')
  await build(projection)
  await makeLive(log, projection)
  expect(await foldEvents(log, projection, stale, [first], emptyCache())).toBe(false)
  expect(await readRow(log, 'count', 'workflow-a')).toMatchObject({ body: { count: 2 }, version: 2 })
  expect(await liveGeneration(log, 'count')).toMatchObject({ position: 2 })
})

test('changed code is built beside the live generation, which serves until the new one has caught up', async () => {
  await given(log, 'workflow-a', 0, 'Created')
  await sequenceAll(log)
  await build(counting('old'))
  await makeLive(log, counting('old'))
  await openGeneration(log, counting('new', 10))
  expect(await makeLive(log, counting('new', 10))).toBe(false)
  expect(await readRow(log, 'count', 'workflow-a')).toMatchObject({ body: { count: 1 } })
  await build(counting('new', 10))
  expect(await makeLive(log, counting('new', 10))).toBe(true)
  expect(await readRow(log, 'count', 'workflow-a')).toMatchObject({ body: { count: 10 } })
})

test('older code takes over again only when nobody folds the newer generation', async () => {
  await given(log, 'workflow-a', 0, 'Created')
  await sequenceAll(log)
  await build(counting('old'))
  await build(counting('new', 10))
  await makeLive(log, counting('new', 10))
  const stop = new AbortController()
  const newer = runProjection({ log, projection: counting('new', 10), owner: 'newer', signal: stop.signal })
  await expect.poll(() => workOf(log, roleOf(counting('new')), 'count')).toMatchObject({ claimed: true })
  expect(await makeLive(log, counting('old'))).toBe(false)
  stop.abort()
  await newer
  expect(await makeLive(log, counting('old'))).toBe(true)
})

test('a running projection follows the log, and another replica takes over when the first one stops', async () => {
  const pokes = new Set<() => void>()
  const run = (owner: string, signal: AbortSignal) =>
    runProjection({
      log,
      projection: counting('1'),
      owner,
      signal,
      poke: (poke) => {
        pokes.add(poke)
        return () => pokes.delete(poke)
      },
    })
  const count = async () => (await readRow<Count>(log, 'count', 'workflow-a'))?.body.count
  const record = async (version: number) => {
    await given(log, 'workflow-a', version, 'Changed')
    await sequenceAll(log)
    for (const poke of pokes) poke()
  }
  const [first, second] = [new AbortController(), new AbortController()]
  const runs = [run('first', first.signal), run('second', second.signal)]
  await record(0)
  await expect.poll(count).toBe(1)
  first.abort()
  await runs[0]
  await record(1)
  await expect.poll(count).toBe(2)
  second.abort()
  await runs[1]
})

test('an unknown event type ends the projection with an error, gives the claim back and leaves the rows as they were', async () => {
  await given(log, 'workflow-a', 0, 'Created')
  await sequenceAll(log)
  const stop = new AbortController()
  const run = runProjection({ log, projection: counting('1'), owner: 'me', signal: stop.signal, sweepMs: 20 })
  const outcome = run.then(
    () => undefined,
    (error: unknown) => error,
  )
  await expect.poll(() => readRow(log, 'count', 'workflow-a')).toBeDefined()
  await append(log, {
    stream: 'workflow-a',
    expectedVersion: 1,
    events: [event('Changed'), event('Alien')],
    cause: cause(),
  })
  await sequenceAll(log)
  expect(await outcome).toBeInstanceOf(UnknownEventError)
  expect(await workOf(log, roleOf(counting('1')), 'count')).toMatchObject({ claimed: false, parked: null })
  expect(await readRow(log, 'count', 'workflow-a')).toMatchObject({ body: { count: 1 }, version: 1 })
  expect((await head(log)).position).toBe(3)
})

test('of the replaced generations only the last one is kept', async () => {
  await given(log, 'workflow-a', 0, 'Created')
  await sequenceAll(log)
  for (const hash of ['1', '2', '3']) {
    const stop = new AbortController()
    const run = runProjection({ log, projection: counting(hash), owner: 'me', signal: stop.signal })
    await expect.poll(async () => (await liveGeneration(log, 'count'))?.codeHash).toBe(hash)
    await expect
      .poll(async () => (await log.db.selectFrom('projection').select('code_hash').execute()).length)
      .toBeLessThan(3)
    stop.abort()
    await run
  }
  const kept = await log.db.selectFrom('projection').select('code_hash').orderBy('generation').execute()
  expect(kept.map(({ code_hash: hash }) => hash)).toEqual(['2', '3'])
  await expect.poll(() => log.db.selectFrom('projection_row').select('generation').execute()).toHaveLength(2)
})
