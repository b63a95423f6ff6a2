import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { given, sequenceAll } from '../../test/given.ts'
import { waitUntilBlocked } from '../../test/wait-until-blocked.ts'
import {
  claim,
  checkpointOf,
  dispatch,
  type EventLog,
  finish,
  head,
  type PositionedEvent,
  wake,
  workOf,
} from '../index.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

function toRole(role: string) {
  return ({ stream, version }: PositionedEvent) => [{ role, stream, version }]
}

async function dispatchAll(
  service: string,
  route: (event: PositionedEvent) => { role: string; stream: string }[] = () => [],
) {
  for (;;) {
    const { from, to } = await dispatch(log, { service, limit: 100, route })
    if (from === to) return
  }
}

test('what follows the checkpoint becomes work, once', async () => {
  await given(log, 'workflow-a', 0, 'One', 'Two')
  await given(log, 'workflow-b', 0, 'One')
  await sequenceAll(log)
  expect(await dispatch(log, { service: 'a', limit: 2, route: toRole('a') })).toEqual({ from: 0, to: 2, work: 1 })
  expect(await dispatch(log, { service: 'a', limit: 9, route: toRole('a') })).toMatchObject({ from: 2, work: 1 })
  expect(await dispatch(log, { service: 'a', limit: 9, route: toRole('a') })).toEqual({ from: 3, to: 3, work: 0 })
  expect(await workOf(log, 'a', 'workflow-a')).toMatchObject({ seen: 2, done: 0 })
  expect(await workOf(log, 'a', 'workflow-b')).toMatchObject({ seen: 1, done: 0 })
})

test('events without work still move the checkpoint', async () => {
  await dispatch(log, { service: 'nothing', limit: 100, route: () => [] })
  expect(await checkpointOf(log, 'nothing')).toBe((await head(log)).position)
})

test('of several dispatchers at once each part of the log is taken by one', async () => {
  for (let index = 0; index < 40; index++) await given(log, `workflow-many-${index}`, 0, 'One')
  await sequenceAll(log)
  await dispatchAll('many', () => [])
  for (let index = 0; index < 40; index++) await given(log, `workflow-more-${index}`, 0, 'One')
  await sequenceAll(log)
  const results = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const mine = []
      for (let turn = 0; turn < 20; turn++)
        mine.push(await dispatch(log, { service: 'many', limit: 7, route: toRole('many') }))
      return mine
    }),
  )
  const taken = results.flat().filter(({ from, to }) => to > from)
  const parts = taken.toSorted((a, b) => a.from - b.from)
  expect(parts.slice(1).every(({ from }, index) => from === parts[index]?.to)).toBe(true)
  expect(taken.reduce((sum, { work }) => sum + work, 0)).toBe(40)
  expect(parts.at(-1)?.to).toBe((await head(log)).position)
})

test('work that waits for a version of another stream is released when any service dispatches it', async () => {
  await given(log, 'workflow-base', 0, 'Created')
  await wake(log, 'waits', [{ stream: 'workflow-top' }])
  const [mine] = await claim(log, { role: 'waits', owner: 'me', leaseMs: 60_000, limit: 1 })
  if (mine === undefined) throw new Error('nothing was claimed')
  await finish(log, mine, { done: 0, wakeOn: { stream: 'workflow-base', version: 3 } })
  const due = async () => {
    await sequenceAll(log)
    await dispatchAll('other')
    return (await workOf(log, 'waits', 'workflow-top'))?.nextAt !== null
  }
  await given(log, 'workflow-base', 1, 'Changed')
  expect(await due()).toBe(false)
  await given(log, 'workflow-base', 2, 'Synced', 'More')
  expect(await due()).toBe(true)
})

test('a stream that reaches the version while the wait for it is recorded does not leave the work asleep', async () => {
  await given(log, 'workflow-race', 0, 'Created')
  await wake(log, 'race', [{ stream: 'w' }])
  const [mine] = await claim(log, { role: 'race', owner: 'me', leaseMs: 60_000, limit: 1 })
  if (mine === undefined) throw new Error('nothing was claimed')
  let reach: Promise<unknown> = Promise.resolve()
  await finish(log, mine, {
    done: 0,
    wakeOn: { stream: 'workflow-race', version: 2 },
    also: async () => {
      reach = given(log, 'workflow-race', 1, 'Reached')
      await Promise.race([reach, waitUntilBlocked(log)])
      await sequenceAll(log)
      await dispatchAll('racer')
    },
  })
  await reach
  await sequenceAll(log)
  await dispatchAll('racer')
  expect(await workOf(log, 'race', 'w')).toMatchObject({ wakeOn: null, nextAt: expect.any(Date) as Date })
})
