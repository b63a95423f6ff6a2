import { expect, test } from 'vitest'
import { backOff, jittered } from './interval.ts'

/** The least and the most of many draws. */
function range(draw: () => number): readonly [least: number, most: number] {
  const draws = Array.from({ length: 500 }, draw)
  return [Math.min(...draws), Math.max(...draws)]
}

/** Whether draws lie within the last tenth before `most`, and spread over it. */
function spreadBefore(most: number, draw: () => number): boolean {
  const [low, high] = range(draw)
  return low >= most * 0.9 && high <= most && high - low > most * 0.05
}

test('polls are spread within a tenth of the interval and never late', () => {
  expect(spreadBefore(30_000, () => jittered(30_000))).toBe(true)
})

test.each([
  ['begins with a second', 60_000, 0, 1_000],
  ['doubles with each failure', 60_000, 3, 8_000],
  ['grows to the poll interval', 60_000, 9, 60_000],
  ['grows to half a minute where polls are more frequent', 1_000, 9, 30_000],
  ['grows to five minutes where polls are rare', 86_400_000, 40, 300_000],
])('the back-off %s', (_title, interval, attempts, most) => {
  expect(spreadBefore(most, () => backOff(interval, attempts))).toBe(true)
})
