import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['1h30m', 5_400_000],
  ['1m30s250ms', 90_250],
  ['1.5s', 1_500],
  ['0.0005s', 1],
  ['0s', 0],
])('%s is %d milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds)
})

test.each(['', ' ', '30', 's', '-5s', '+5s', '5 s', '5s ', '1e3s', '5S', '5sec', '.5s', '5.s', '1s;2s', '١s'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

test.each([
  [0, '0ms'],
  [0.4, '0ms'],
  [840, '840ms'],
  [999, '999ms'],
  [999.6, '1s'],
  [1_000, '1s'],
  [1_049, '1s'],
  [1_050, '1.1s'],
  [45_200, '45.2s'],
  [59_960, '60s'],
  [3_600_000, '3600s'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})

test('what is shown can be read again, to a twentieth of a second', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (milliseconds) => {
      const again = parseDuration(formatDuration(milliseconds)) ?? Number.NaN
      expect(Math.abs(again - milliseconds)).toBeLessThanOrEqual(50)
    }),
  )
})

test('a duration that is no text of digits and units is none, and reading it ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('1', '.', 'm', 's', 'h', ' ', '-') }), (text) => {
      const milliseconds = parseDuration(text)
      expect(milliseconds === undefined).toBe(!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text))
      expect(milliseconds ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})
