import { expect, test } from 'vitest'
import { healCalmMs, healLookAt, healPauseMs } from './heal-back-off.ts'

test.each([
  [-1, 0],
  [0, 0],
  [1, 2_000],
  [2, 4_000],
  [3, 8_000],
  [5, 32_000],
  [8, 256_000],
  [9, 300_000],
  [10_000, 300_000],
])('after %i heals the next waits %i ms', (heals, pause) => {
  expect(healPauseMs(heals)).toBe(pause)
})

test('what was left alone for longer than it would have waited, and at least for ten minutes, begins anew', () => {
  expect([0, 1, 8, 100].map(healCalmMs)).toEqual([600_000, 600_000, 600_000, 600_000])
  for (let heals = 0; heals < 20; heals++) expect(healCalmMs(heals)).toBeGreaterThan(healPauseMs(heals))
})

test.each([
  [5_000, 5_000],
  [0, 2_000],
  [-3_000, 3_000],
  [-20_000, 20_000],
  [-86_400_000, 60_000],
])('a heal that is due in %i ms is looked at again after %i ms', (due, again) => {
  expect(healLookAt(1_000_000_000 + due, 1_000_000_000)).toBe(1_000_000_000 + again)
})
