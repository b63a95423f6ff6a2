import { expect, test } from 'vitest'
import { parseMoment, parsePoint } from './point.ts'

const now = Date.UTC(2026, 10, 23, 10)

test.each([
  ['main', { kind: 'revision', ref: 'main' }],
  ['9ccc7d5', { kind: 'revision', ref: '9ccc7d5' }],
  ['refs/heads/@odd', { kind: 'revision', ref: 'refs/heads/@odd' }],
  ['4711', { kind: 'revision', ref: '4711' }],
  ['@4711', { kind: 'position', position: 4711 }],
  ['@now', { kind: 'instant', at: now }],
  ['@2h', { kind: 'instant', at: now - 7_200_000 }],
  ['@1d12h', { kind: 'instant', at: now - 36 * 3_600_000 }],
  ['@2026-11-23', { kind: 'instant', at: Date.UTC(2026, 10, 23) }],
  ['@2026-11-23T07:00Z', { kind: 'instant', at: Date.UTC(2026, 10, 23, 7) }],
  ['@2026-11-23T07:00:01.5+02:00', { kind: 'instant', at: Date.UTC(2026, 10, 23, 5, 0, 1, 500) }],
] as const)('%s is read', (text, point) => {
  expect(parsePoint(text, now)).toEqual({ point })
})

test.each([
  ['@', 'is no moment'],
  ['@yesterday', 'is no moment'],
  ['@2026-11-23T07:00', 'is no moment'],
  ['@2026-13-40', 'is no moment'],
  ['@-5', 'is no moment'],
  ['@1e9', 'is no moment'],
  ['@2027-01-01', 'lies in the future'],
])('%s is refused', (text, problem) => {
  expect(parsePoint(text, now)).toMatchObject({ problem: expect.stringContaining(problem) as string })
})

test.each(['4711', 'now', '2h', '2026-11-23', '2026-11-23T07:00Z'])(
  '%s is a moment where nothing else is meant',
  (text) => {
    expect(parseMoment(text, now)).toEqual(parsePoint(`@${text}`, now))
    expect(parseMoment(`@${text}`, now)).toEqual(parsePoint(`@${text}`, now))
  },
)

test.each([
  ['main', '"main" is no moment'],
  ['', 'is no moment'],
  ['@@2h', 'is no moment'],
  ['2999-01-01', 'lies in the future'],
])('%j is refused as a moment', (text, problem) => {
  expect(parseMoment(text, now)).toMatchObject({ problem: expect.stringContaining(problem) as string })
})
