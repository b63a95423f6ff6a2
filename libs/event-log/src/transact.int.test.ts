import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../test/fresh-log.ts'
import { cause, given } from '../test/given.ts'
import { CommandReusedError, type Decider, type EventLog, readStream, transact } from './index.ts'

type Counted = { readonly type: 'Counted'; readonly by: number } | { readonly type: 'Closed' }
type Counter = { readonly total: number; readonly closed: boolean }

const decider: Decider<Counter, Counted> = {
  initial: { total: 0, closed: false },
  evolve: (state, event) =>
    event.type === 'Closed' ? { ...state, closed: true } : { ...state, total: state.total + event.by },
  decode: ({ type, data }) => (type === 'Closed' ? { type } : { type: 'Counted', by: (data as { by: number }).by }),
  encode: (event) => ({ type: event.type, schemaVersion: 1, data: event.type === 'Closed' ? {} : { by: event.by } }),
}

function count(by: number) {
  return ({ closed }: Counter): Counted[] => {
    if (closed) throw new Error('the counter is closed')
    return [{ type: 'Counted', by }]
  }
}

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
})

test('a decision is recorded, and the state it leads to is returned', async () => {
  const at = { stream: 'counter-a', decider }
  await transact(log, { ...at, cause: cause() }, count(2))
  const { version, events, state } = await transact(log, { ...at, cause: cause() }, (state) =>
    count(state.total * 10)(state),
  )
  expect(version).toBe(2)
  expect(events).toMatchObject([{ type: 'Counted', data: { by: 20 } }])
  expect(state).toEqual({ total: 22, closed: false })
})

test('a decision for nothing records nothing', async () => {
  const { version, events, state } = await transact(log, { stream: 'counter-b', decider, cause: cause() }, () => [])
  expect({ version, events, state }).toEqual({ version: 0, events: [], state: decider.initial })
  expect(await readStream(log, 'counter-b')).toEqual([])
})

test('decisions made at once are all recorded, each upon the state that the others led to', async () => {
  const states = await Promise.all(
    Array.from({ length: 12 }, () => transact(log, { stream: 'counter-c', decider, cause: cause() }, count(1))),
  )
  expect(states.map(({ state }) => state.total).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, index) => index + 1),
  )
})

test('a command sent again is not decided a second time, even where it would be refused by now', async () => {
  const at = { stream: 'counter-d', decider }
  const once = cause()
  const first = await transact(log, { ...at, cause: once }, count(5))
  await transact(log, { ...at, cause: cause() }, (): Counted[] => [{ type: 'Closed' }])
  const again = await transact(log, { ...at, cause: once }, count(5))
  expect(again.events).toEqual(first.events)
  expect(again.state).toEqual({ total: 5, closed: true })
  expect(await readStream(log, 'counter-d')).toHaveLength(2)
})

test('another decision under the id of a command that is recorded is an error, not a silent loss', async () => {
  const at = { stream: 'counter-e', decider, cause: cause() }
  await transact(log, at, count(1))
  await expect(transact(log, at, (): Counted[] => [{ type: 'Closed' }])).rejects.toBeInstanceOf(CommandReusedError)
})

test('what the decision throws is thrown, and nothing is recorded', async () => {
  const refused = transact(log, { stream: 'counter-f', decider, cause: cause() }, () => {
    throw new Error('not allowed')
  })
  await expect(refused).rejects.toThrow('not allowed')
  expect(await readStream(log, 'counter-f')).toEqual([])
})

test('a conflict on a locked stream is not tried again: the decision rests on what was read there', async () => {
  await given(log, 'locked', 0, 'One')
  let decisions = 0
  const stale = transact(
    log,
    { stream: 'counter-g', decider, cause: cause(), lockStreams: [{ stream: 'locked', version: 0 }] },
    (): Counted[] => {
      decisions++
      return [{ type: 'Closed' }]
    },
  )
  await expect(stale).rejects.toMatchObject({ name: 'ConcurrencyError', stream: 'locked' })
  expect(decisions).toBe(1)
})
