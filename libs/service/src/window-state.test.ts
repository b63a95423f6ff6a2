import type { SyncWindow } from '@plimsoll/domain'
import { describe, expect, test } from 'vitest'
import { windowProblem, windowState } from './window-state.ts'

const hour = 3_600_000
const window = (
  kind: SyncWindow['kind'],
  schedule: string,
  hours: number,
  more: Partial<SyncWindow> = {},
): SyncWindow => ({
  kind,
  schedule,
  duration_ms: hours * hour,
  time_zone: 'UTC',
  manual_sync: false,
  ...more,
})
const nightly = window('allow', '0 22 * * *', 2)
const freeze = window('deny', '0 0 24 12 *', 72)
const open = { open: true }
const until = (instant: string | null) => ({ open: false, opensAt: instant === null ? null : new Date(instant) })

test.each<[string, readonly SyncWindow[], string, object]>([
  ['no window holds nothing back', [], '2026-11-23T12:00:00Z', open],
  ['before an allow window', [nightly], '2026-11-23T21:59:59.999Z', until('2026-11-23T22:00:00Z')],
  ['as an allow window opens', [nightly], '2026-11-23T22:00:00Z', open],
  ['within an allow window', [nightly], '2026-11-23T23:59:59.999Z', open],
  ['as an allow window closes', [nightly], '2026-11-24T00:00:00Z', until('2026-11-24T22:00:00Z')],
  ['within one of two allow windows', [nightly, window('allow', '0 12 * * *', 1)], '2026-11-23T12:30:00Z', open],
  ['before a deny window', [freeze], '2026-12-23T23:59:59Z', open],
  ['within a deny window', [freeze], '2026-12-24T00:00:00Z', until('2026-12-27T00:00:00Z')],
  ['after a deny window', [freeze], '2026-12-27T00:00:00Z', open],
  ['a deny window wins over an allow window', [nightly, freeze], '2026-12-24T22:30:00Z', until('2026-12-27T22:00:00Z')],
  [
    'deny windows that follow each other',
    [window('deny', '0 0 * * *', 12), window('deny', '0 12 * * *', 6)],
    '2026-11-23T05:00:00Z',
    until('2026-11-23T18:00:00Z'),
  ],
  [
    'a deny window that always comes again before it closes',
    [window('deny', '0 0 * * *', 24)],
    '2026-11-23T05:00:00Z',
    until(null),
  ],
  ['a day within which a window overlaps itself', [window('allow', '*/10 * * * *', 1)], '2026-11-23T05:09:00Z', open],
])('%s', (_title, windows, now, state) => {
  expect(windowState(windows, 'auto', new Date(now))).toMatchObject(state)
})

describe('what a person asks for', () => {
  const passing = { manual_sync: true }
  test.each<[string, readonly SyncWindow[], boolean]>([
    ['is held back by a window that does not say otherwise', [freeze], false],
    ['passes a deny window that says so', [{ ...freeze, ...passing }], true],
    ['passes outside an allow window that says so', [{ ...nightly, ...passing }], true],
    ['does not pass another deny window', [{ ...nightly, ...passing }, freeze], false],
  ])('%s', (_title, windows, isOpen) => {
    expect(windowState(windows, 'manual', new Date('2026-12-24T12:00:00Z')).open).toBe(isOpen)
    expect(windowState(windows, 'auto', new Date('2026-12-24T12:00:00Z')).open).toBe(false)
  })
})

test('a window opens at the local hour, also after the clocks have changed', () => {
  const berlin = window('allow', '0 22 * * *', 1, { time_zone: 'Europe/Berlin' })
  const opens = (now: string) => windowState([berlin], 'auto', new Date(now))
  expect(opens('2026-10-24T12:00:00Z')).toMatchObject(until('2026-10-24T20:00:00Z'))
  expect(opens('2026-10-25T12:00:00Z')).toMatchObject(until('2026-10-25T21:00:00Z'))
})

test('it says which window holds a sync back', () => {
  expect(windowState([freeze], 'auto', new Date('2026-12-25T00:00:00Z'))).toMatchObject({
    because: 'the deny window "0 0 24 12 *" for 72h, UTC is open',
  })
  const short = window('deny', '* * * * *', 1.5)
  expect(windowState([short], 'auto', new Date('2026-12-25T00:00:00Z'))).toMatchObject({
    because: 'the deny window "* * * * *" for 1h30m, UTC is open',
  })
})

test.each([
  ['0 22 * * *', 'UTC', undefined],
  ['0 22 * * MON-FRI', 'Europe/Berlin', undefined],
  ['0 22 * * *', 'Mars/Olympus', '"Mars/Olympus" is no time zone'],
  ['61 22 * * *', 'UTC', '"61 22 * * *" is no schedule: '],
  ['0 0 31 2 *', 'UTC', '"0 0 31 2 *" never comes'],
])('%s in %s: %s', (schedule, time_zone, problem) => {
  const found = windowProblem(window('deny', schedule, 1, { time_zone }))
  expect(found?.slice(0, problem?.length)).toBe(problem)
})
