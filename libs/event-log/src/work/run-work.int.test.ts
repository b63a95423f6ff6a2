import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { gate } from '../../test/gate.ts'
import { cause, event } from '../../test/given.ts'
import { openLossyProxy } from '../../test/lossy-proxy.ts'
import {
  append,
  type Claim,
  claim,
  ConcurrencyError,
  type EventLog,
  LeaseLostError,
  openEventLog,
  readStream,
  runWork,
  type RunWorkOptions,
  TerminalError,
  wake,
  workOf,
} from '../index.ts'

let log: EventLog
let next = 0
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

/** Runs a worker on a role of its own until disposed. */
function worker(handler: RunWorkOptions['handler'], options: Partial<RunWorkOptions> = {}) {
  const role = options.role ?? `role-${next++}`
  const stop = new AbortController()
  const errors: unknown[] = []
  const run = runWork({
    log,
    owner: 'me',
    leaseMs: 30_000,
    concurrency: 4,
    signal: stop.signal,
    sweepMs: 50,
    onError: (error) => errors.push(error),
    ...options,
    role,
    handler,
  })
  const end = async () => {
    stop.abort()
    await run
  }
  return { role, errors, end, [Symbol.asyncDispose]: end }
}

const doneAsSeen = ({ seen }: Claim) => Promise.resolve({ done: seen })

test('work that is due is handled and finished', async () => {
  await using work = worker(async (claim) => {
    const append = [{ stream: claim.stream, expectedVersion: 0, events: [event('Done')], cause: cause() }]
    return { done: claim.seen, append }
  })
  await wake(log, work.role, [{ stream: 'run-a', version: 1 }])
  await expect.poll(() => workOf(log, work.role, 'run-a')).toMatchObject({ done: 1, claimed: false })
  expect(await readStream(log, 'run-a')).toMatchObject([{ type: 'Done' }])
})

test('a poke is followed at once, from a function or an async iterable', async () => {
  let poke = () => {}
  const { readable: pokes, writable } = new TransformStream<string, string>()
  const writer = writable.getWriter()
  await using byFunction = worker(doneAsSeen, { sweepMs: 3_600_000, poke: (given) => void (poke = given) })
  await using byIterable = worker(doneAsSeen, { sweepMs: 3_600_000, poke: pokes })
  for (const version of [1, 2, 3]) {
    for (const { role } of [byFunction, byIterable]) await wake(log, role, [{ stream: 'w', version }])
    poke()
    await writer.write('poke')
    for (const { role } of [byFunction, byIterable]) {
      await expect.poll(() => workOf(log, role, 'w')).toMatchObject({ done: version })
    }
  }
})

test('work due at an instant is handled then, without a poke', async () => {
  const role = `role-${next++}`
  const times: number[] = []
  await wake(log, role, [{ stream: 'w', version: 1 }])
  await using _work = worker(
    ({ seen }) => {
      times.push(performance.now())
      return Promise.resolve(times.length === 1 ? { done: seen, wakeAt: new Date(Date.now() + 300) } : { done: seen })
    },
    { role, sweepMs: 60_000 },
  )
  await expect.poll(() => times.length, { interval: 10 }).toBe(2)
  const [first = 0, second = 0] = times
  expect(second - first).toBeGreaterThan(250)
})

test('no more than `concurrency` handlers run at once, and one stream never twice', async () => {
  let running = 0
  let most = 0
  const active = new Set<string>()
  await using work = worker(
    async ({ stream, seen }) => {
      if (active.has(stream)) throw new TerminalError('twice')
      active.add(stream)
      most = Math.max(most, ++running)
      await workOf(log, work.role, stream)
      running--
      active.delete(stream)
      return { done: seen }
    },
    { concurrency: 3 },
  )
  const streams = Array.from({ length: 30 }, (_, index) => `w${index}`)
  await wake(
    log,
    work.role,
    streams.map((stream) => ({ stream, version: 1 })),
  )
  for (const stream of streams) await expect.poll(() => workOf(log, work.role, stream)).toMatchObject({ done: 1 })
  expect(most).toBe(3)
  expect(work.errors).toEqual([])
})

test('a lease is renewed while the handler runs, so nobody else takes the work', async () => {
  const { opened, open } = gate()
  await using work = worker(
    async ({ seen }) => {
      await opened
      return { done: seen }
    },
    // Long enough for a renewal that is late on a busy machine.
    { leaseMs: 6_000 },
  )
  await wake(log, work.role, [{ stream: 'w', version: 1 }])
  await expect.poll(() => workOf(log, work.role, 'w')).toMatchObject({ claimed: true })
  const first = (await workOf(log, work.role, 'w'))?.leaseUntil?.getTime() ?? 0
  await expect.poll(async () => (await workOf(log, work.role, 'w'))?.leaseUntil?.getTime() ?? 0).toBeGreaterThan(first)
  expect(await claim(log, { role: work.role, owner: 'other', leaseMs: 1_000, limit: 1 })).toEqual([])
  open()
  await expect.poll(() => workOf(log, work.role, 'w')).toMatchObject({ done: 1, epoch: 1 })
})

test('when another owner has the work the handler’s signal is aborted at the next renewal, and what it did is not recorded', async () => {
  const aborted = gate<unknown>()
  await using work = worker(
    async ({ stream, seen }, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      aborted.open(signal.reason)
      return { done: seen, append: [{ stream, expectedVersion: 0, events: [event('Done')], cause: cause() }] }
    },
    { leaseMs: 12_000 },
  )
  await wake(log, work.role, [{ stream: 'run-lost', version: 1 }])
  await expect.poll(() => workOf(log, work.role, 'run-lost')).toMatchObject({ claimed: true })
  const start = performance.now()
  const taken = { epoch: 7, lease_until: new Date(Date.now() + 60_000) }
  await log.db.updateTable('work').set(taken).where('role', '=', work.role).execute()
  expect(await aborted.opened).toBeInstanceOf(LeaseLostError)
  // And not only when the lease is over.
  expect(performance.now() - start).toBeLessThan(11_000)
  await work.end()
  expect(await readStream(log, 'run-lost')).toEqual([])
  expect(await workOf(log, work.role, 'run-lost')).toMatchObject({ epoch: 7, done: 0, claimed: true })
})

test('when the lease ends unrenewed, as the database is out of reach, the handler’s signal is aborted', async () => {
  const aborted = gate<unknown>()
  const started = gate()
  const proxy = await openLossyProxy(log.url)
  await using far = openEventLog({ url: proxy.url })
  await using work = worker(
    async (_claim, { signal }) => {
      started.open()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      aborted.open(signal.reason)
      throw signal.reason
    },
    { log: far, leaseMs: 400 },
  )
  await wake(log, work.role, [{ stream: 'w', version: 1 }])
  await started.opened
  await proxy[Symbol.asyncDispose]()
  expect(await aborted.opened).toBeInstanceOf(LeaseLostError)
})

test('a handler that finds too little left of its lease gives the work back, to be taken at once', async () => {
  let calls = 0
  await using work = worker(
    async (claim, { held }) => {
      calls += 1
      if (calls === 1) throw new LeaseLostError(held())
      return { done: claim.seen, append: [] }
    },
    { leaseMs: 600_000 },
  )
  await wake(log, work.role, [{ stream: 'workflow-short', version: 1 }])
  await until(async () => (await workOf(log, work.role, 'workflow-short'))?.done === 1, { what: 'it is done' })
  expect(calls).toBe(2)
  expect(await workOf(log, work.role, 'workflow-short')).toMatchObject({ attempts: 0, error: null })
})

test('work that fails is tried again, and parked with its error after so many attempts; other work goes on', async () => {
  let attempts = 0
  await using work = worker(
    async ({ stream, seen }) => {
      if (stream === 'good') return { done: seen }
      attempts++
      throw new Error('it broke')
    },
    { maxAttempts: 3 },
  )
  await wake(log, work.role, [
    { stream: 'bad', version: 1 },
    { stream: 'good', version: 1 },
  ])
  await expect.poll(() => workOf(log, work.role, 'good')).toMatchObject({ done: 1 })
  for (let time = 1; time < 3; time++) {
    // By the time that one looks it may have been tried once more by itself.
    await expect.poll(async () => (await workOf(log, work.role, 'bad'))?.attempts).toBeGreaterThanOrEqual(time)
    expect(await workOf(log, work.role, 'bad')).toMatchObject({ error: 'it broke' })
    await wake(log, work.role, [{ stream: 'bad' }])
  }
  await expect.poll(() => workOf(log, work.role, 'bad')).toMatchObject({ parked: 'failed 3 times in a row: it broke' })
  expect(attempts).toBe(3)
})

test('work that answers that something is away is tried again for as long as that takes', async () => {
  let answers = 0
  await using work = worker(
    ({ done, attempts }) => {
      expect(attempts).toBe(answers)
      answers++
      return Promise.resolve({ done, error: 'it is away', retryInMs: 1 })
    },
    { maxAttempts: 3 },
  )
  await wake(log, work.role, [{ stream: 'away', version: 1 }])
  await expect.poll(() => answers).toBeGreaterThan(6)
  expect(await workOf(log, work.role, 'away')).toMatchObject({ parked: null, error: 'it is away' })
  expect(work.errors).toEqual([])
})

test('a terminal error parks at once', async () => {
  await using work = worker(() => Promise.reject(new TerminalError('hopeless')))
  await wake(log, work.role, [{ stream: 'w', version: 1 }])
  await expect.poll(() => workOf(log, work.role, 'w')).toMatchObject({ parked: 'hopeless', claimed: false })
})

test('work whose owners vanish is parked too, without being handled once more', async () => {
  const role = `role-${next++}`
  await wake(log, role, [{ stream: 'w', version: 1 }])
  for (let time = 0; time < 4; time++) await claim(log, { role, owner: 'vanishes', leaseMs: 0, limit: 1 })
  let handled = false
  await using work = worker(
    ({ seen }) => {
      handled = true
      return Promise.resolve({ done: seen })
    },
    { role, maxAttempts: 4 },
  )
  await expect
    .poll(() => workOf(log, work.role, 'w'))
    .toMatchObject({ parked: expect.stringContaining('4 times') as string })
  expect(handled).toBe(false)
})

test('a decision that another writer overtook is taken again, and is no failure', async () => {
  let calls = 0
  await using work = worker(async ({ stream, seen }) => {
    const expectedVersion = calls++ === 0 ? 0 : 1
    if (calls === 1) await append(log, { stream, expectedVersion: 0, events: [event('Other')], cause: cause() })
    return { done: seen, append: [{ stream, expectedVersion, events: [event('Done')], cause: cause() }] }
  })
  await wake(log, work.role, [{ stream: 'run-race', version: 1 }])
  await expect.poll(() => workOf(log, work.role, 'run-race')).toMatchObject({ done: 1, attempts: 0 })
  expect((await readStream(log, 'run-race')).map(({ type }) => type)).toEqual(['Other', 'Done'])
  expect(work.errors.filter((error) => !(error instanceof ConcurrencyError))).toEqual([])
})

test('a worker that is stopped gives its claims back undone, to be taken at once', async () => {
  const started = gate()
  const work = worker(async (_claim, { signal }) => {
    started.open()
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    return { done: 1 }
  })
  await wake(log, work.role, [{ stream: 'w', version: 1 }])
  await started.opened
  await work.end()
  expect(await claim(log, { role: work.role, owner: 'next', leaseMs: 1_000, limit: 1 })).toMatchObject([
    { attempts: 0 },
  ])
  expect(work.errors).toEqual([])
})

test('work that takes no place lets more be begun', async () => {
  let free = 1
  const held = Promise.withResolvers<void>()
  const begun: string[] = []
  await using work = worker(
    async (claim) => {
      begun.push(claim.stream)
      await held.promise
      return { done: claim.seen }
    },
    { concurrency: () => free },
  )
  await wake(log, work.role, [{ stream: 'a', version: 1 }])
  await until(() => begun.length === 1, { what: 'the first is begun' })
  await wake(log, work.role, [{ stream: 'b', version: 1 }])
  expect(begun).toEqual(['a'])
  free = 2
  await until(() => begun.length === 2, { what: 'the second is begun' })
  held.resolve()
})
