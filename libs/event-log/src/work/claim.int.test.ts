import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { cause, event, given } from '../../test/given.ts'
import {
  type Claim,
  claim,
  dueAt,
  type EventLog,
  finish,
  LeaseLostError,
  park,
  parkedWork,
  readStream,
  release,
  renew,
  unpark,
  wake,
  workOf,
} from '../index.ts'

let log: EventLog
let role: string
let nextRole = 0

beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

function freshRole(): string {
  role = `role-${nextRole++}`
  return role
}

async function claimOne(owner: string, leaseMs = 60_000): Promise<Claim | undefined> {
  const claims = await claim(log, { role, owner, leaseMs, limit: 1 })
  return claims[0]
}

async function mustClaim(owner: string, leaseMs?: number): Promise<Claim> {
  const claimed = await claimOne(owner, leaseMs)
  if (claimed === undefined) throw new Error(`${owner} found nothing to claim`)
  return claimed
}

test('due work is claimed by one owner, with what it was woken for', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 3 }])
  const mine = await mustClaim('me')
  expect(mine).toMatchObject({ role, stream: 'w', owner: 'me', epoch: 1, seen: 3, done: 0, attempts: 0 })
  expect(await claimOne('other')).toBeUndefined()
  await finish(log, mine, { done: 3 })
  expect(await claimOne('other')).toBeUndefined()
  expect(await dueAt(log, role)).toBeUndefined()
})

test('many owners at once share the work without overlap', async () => {
  const streams = Array.from({ length: 60 }, (_, index) => ({ stream: `w${index}`, version: 1 }))
  await wake(log, freshRole(), streams)
  const claims = await Promise.all(
    Array.from({ length: 8 }, (_, owner) => claim(log, { role, owner: `${owner}`, leaseMs: 60_000, limit: 20 })),
  )
  const claimed = claims.flat().map(({ stream }) => stream)
  const rest = await claim(log, { role, owner: 'rest', leaseMs: 60_000, limit: 100 })
  expect([...claimed, ...rest.map(({ stream }) => stream)].toSorted()).toEqual(
    streams.map(({ stream }) => stream).toSorted(),
  )
})

test('a claim may be limited to some streams', async () => {
  await wake(log, freshRole(), [{ stream: 'a' }, { stream: 'b' }])
  expect(await claim(log, { role, owner: 'me', leaseMs: 1_000, limit: 9, streams: ['b', 'c'] })).toMatchObject([
    { stream: 'b' },
  ])
})

test('a version that was seen or done already is no news', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 3 }])
  await finish(log, await mustClaim('me'), { done: 5 })
  await wake(log, role, [
    { stream: 'w', version: 2 },
    { stream: 'w', version: 5 },
  ])
  expect(await claimOne('me')).toBeUndefined()
  await wake(log, role, [{ stream: 'w', version: 6 }])
  expect(await claimOne('me')).toMatchObject({ seen: 6, done: 5 })
})

test('when a lease ends another owner takes the work, and the first one’s finish, append and renewal are refused', async () => {
  await wake(log, freshRole(), [{ stream: 'zombie', version: 1 }])
  const zombie = await mustClaim('zombie', 0)
  const next = await mustClaim('next')
  expect(next).toMatchObject({ epoch: zombie.epoch + 1, attempts: 1 })
  const append = [{ stream: 'zombie', expectedVersion: 0, events: [event('Done')], cause: cause() }]
  await expect(finish(log, zombie, { done: 1, append })).rejects.toBeInstanceOf(LeaseLostError)
  await expect(renew(log, zombie, 60_000)).rejects.toBeInstanceOf(LeaseLostError)
  await expect(park(log, zombie, 'no')).rejects.toBeInstanceOf(LeaseLostError)
  await release(log, zombie)
  expect(await readStream(log, 'zombie')).toEqual([])
  await finish(log, next, { done: 1, append })
  expect(await readStream(log, 'zombie')).toHaveLength(1)
})

test('a renewed lease is kept', async () => {
  await wake(log, freshRole(), [{ stream: 'w' }])
  const mine = await mustClaim('me', 0)
  const renewed = await renew(log, mine, 60_000)
  expect(renewed.leaseUntil.getTime()).toBeGreaterThan(Date.now() + 30_000)
  expect(await claimOne('other')).toBeUndefined()
})

test('an append that conflicts leaves the claim as it was', async () => {
  await wake(log, freshRole(), [{ stream: 'busy', version: 1 }])
  const mine = await mustClaim('me')
  await given(log, 'busy', 0, 'Created')
  const append = [{ stream: 'busy', expectedVersion: 0, events: [event('Done')], cause: cause() }]
  await expect(finish(log, mine, { done: 1, append })).rejects.toMatchObject({
    name: 'ConcurrencyError',
    stream: 'busy',
  })
  expect(await workOf(log, role, 'busy')).toMatchObject({ claimed: true, done: 0 })
})

test('progress, appends, wakes and other rows are one transaction', async () => {
  await wake(log, freshRole(), [{ stream: 'one', version: 1 }])
  const mine = await mustClaim('me')
  const append = [{ stream: 'one', expectedVersion: 0, events: [event('Done')], cause: cause() }]
  const next = `${role}-next`
  const failing = finish(log, mine, {
    done: 1,
    append,
    wake: [{ role: next, stream: 'one', version: 1 }],
    also: () => Promise.reject(new Error('no')),
  })
  await expect(failing).rejects.toThrow('no')
  expect(await readStream(log, 'one')).toEqual([])
  expect(await workOf(log, next, 'one')).toBeUndefined()
  const { appended } = await finish(log, mine, { done: 1, append, wake: [{ role: next, stream: 'one', version: 1 }] })
  expect(appended).toMatchObject([{ version: 1 }])
  expect(await workOf(log, next, 'one')).toMatchObject({ seen: 1 })
})

test('work that was woken while claimed stays due, unless what it was woken for is done by then', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 1 }])
  const first = await mustClaim('me')
  await wake(log, role, [{ stream: 'w', version: 2 }])
  await finish(log, first, { done: 1 })
  const second = await mustClaim('me')
  await wake(log, role, [{ stream: 'w', version: 3 }])
  await finish(log, second, { done: 3 })
  expect(await claimOne('me')).toBeUndefined()
  await wake(log, role, [{ stream: 'w' }])
  const third = await mustClaim('me')
  await wake(log, role, [{ stream: 'w' }])
  await finish(log, third, { done: 3, wakeAt: new Date(Date.now() + 60_000) })
  expect(await claimOne('me')).toBeDefined()
})

test('a poke and a version that come one after the other both count', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 3 }])
  await wake(log, role, [{ stream: 'w' }])
  const first = await mustClaim('me')
  expect(first.seen).toBe(3)
  await wake(log, role, [{ stream: 'w' }])
  await wake(log, role, [{ stream: 'w', version: 4 }])
  await finish(log, first, { done: 4 })
  expect(await claimOne('me')).toMatchObject({ seen: 4 })
})

test('work that is not done up to what it was claimed for stays due', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 4 }])
  await finish(log, await mustClaim('me'), { done: 2 })
  expect(await mustClaim('me')).toMatchObject({ done: 2, seen: 4 })
})

test('wakeAt makes work due at an instant', async () => {
  await wake(log, freshRole(), [{ stream: 'w' }])
  const instant = new Date(Date.now() + 3_600_000)
  await finish(log, await mustClaim('me'), { done: 0, wakeAt: instant })
  expect(await claimOne('me')).toBeUndefined()
  expect(Math.abs(((await dueAt(log, role))?.getTime() ?? 0) - instant.getTime())).toBeLessThan(60_000)
  await wake(log, role, [{ stream: 'w' }])
  await finish(log, await mustClaim('me'), { done: 0, wakeAt: new Date(Date.now() - 1_000) })
  expect(await claimOne('me')).toBeDefined()
})

test('wakeOn a version that a stream has reached already makes work due at once', async () => {
  await given(log, 'dependency', 0, 'Created', 'Synced')
  await wake(log, freshRole(), [{ stream: 'w' }])
  await finish(log, await mustClaim('me'), { done: 0, wakeOn: { stream: 'dependency', version: 3 } })
  expect(await workOf(log, role, 'w')).toMatchObject({ wakeOn: { stream: 'dependency', version: 3 } })
  expect(await claimOne('me')).toBeUndefined()
  await wake(log, role, [{ stream: 'w' }])
  await finish(log, await mustClaim('me'), { done: 0, wakeOn: { stream: 'dependency', version: 2 } })
  expect(await claimOne('me')).toBeDefined()
})

test('failed work waits longer each time, and success forgets the failures', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 1 }])
  for (const [attempts, seconds] of [1, 2, 4].entries()) {
    const mine = await mustClaim('me')
    expect(mine.attempts).toBe(attempts)
    const before = Date.now()
    await finish(log, mine, { done: 0, error: 'it broke' })
    const after = Date.now()
    const { nextAt, error } = (await workOf(log, role, 'w')) ?? {}
    expect(error).toBe('it broke')
    expect(nextAt?.getTime()).toBeGreaterThanOrEqual(before + seconds * 1_000 - 5)
    expect(nextAt?.getTime()).toBeLessThanOrEqual(after + seconds * 1_000 + 5)
    await wake(log, role, [{ stream: 'w' }])
  }
  await finish(log, await mustClaim('me'), { done: 1 })
  expect(await workOf(log, role, 'w')).toMatchObject({ attempts: 0, error: null, nextAt: null })
})

test('parked work is not due, however often it is woken, until it is unparked', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 1 }])
  await park(log, await mustClaim('me'), 'the reason')
  await wake(log, role, [{ stream: 'w', version: 2 }, { stream: 'w' }])
  expect(await claimOne('me')).toBeUndefined()
  expect(await dueAt(log, role)).toBeUndefined()
  expect(await parkedWork(log, role)).toMatchObject([{ stream: 'w', parked: 'the reason', seen: 2 }])
  expect(await unpark(log, role, 'w')).toBe(true)
  expect(await unpark(log, role, 'w')).toBe(false)
  expect(await mustClaim('me')).toMatchObject({ attempts: 0, seen: 2 })
})

test('a released claim is due at once and has not failed', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 1 }])
  await release(log, await mustClaim('me'))
  expect(await mustClaim('me')).toMatchObject({ attempts: 0, epoch: 2 })
})

test('services that share a role hand work to each other, and each claims only what is its own', async () => {
  await wake(log, freshRole(), [{ stream: 'w', version: 1 }])
  const take = async (taker: string) => (await claim(log, { role, owner: taker, leaseMs: 60_000, limit: 1, taker }))[0]
  expect(await take('other')).toBeUndefined()
  expect(await dueAt(log, role, 'other')).toBeUndefined()
  await finish(log, await mustClaim('first'), { done: 0, handTo: 'other' })
  expect(await claimOne('first')).toBeUndefined()
  expect(await dueAt(log, role)).toBeUndefined()
  const handed = await take('other')
  if (handed === undefined) throw new Error('what was handed over is not due')
  // What is woken meanwhile belongs to who has it; an error leaves it there, its end gives it back.
  await wake(log, role, [{ stream: 'w', version: 2 }])
  await finish(log, handed, { done: 0, error: 'not yet', retryInMs: 0 })
  expect(await claimOne('first')).toBeUndefined()
  const again = await take('other')
  if (again === undefined) throw new Error('what failed is not due again')
  expect(again).toMatchObject({ attempts: 1, seen: 2 })
  await finish(log, again, { done: 1 })
  expect(await take('other')).toBeUndefined()
  expect(await mustClaim('first')).toMatchObject({ seen: 2, done: 1 })
})

test('finishing and waking across each other’s rows does not end in a deadlock', async () => {
  const roles = [freshRole(), freshRole()] as const
  const [a, b] = roles
  for (let round = 0; round < 20; round++) {
    await wake(log, a, [{ stream: 'x' }, { stream: 'y' }])
    await wake(log, b, [{ stream: 'x' }, { stream: 'y' }])
    const claims = await Promise.all(roles.map((role) => claim(log, { role, owner: 'me', leaseMs: 60_000, limit: 2 })))
    const finished = await Promise.all(
      claims.flat().map((claimed) =>
        finish(log, claimed, {
          done: 0,
          wake: roles.flatMap((role) => ['y', 'x'].map((stream) => ({ role, stream }))).toReversed(),
        }),
      ),
    )
    expect(finished).toHaveLength(4)
  }
})
