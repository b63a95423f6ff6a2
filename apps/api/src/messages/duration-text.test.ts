import { parseDuration } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { durationText } from './duration-text.ts'

test.each([
  [500, '0.5s'],
  [30_000, '30s'],
  [60_000, '1m'],
  [90_000, '1m30s'],
  [5_400_000, '1h30m'],
  [86_400_000, '24h'],
  [61_500, '1m1.5s'],
])('%i ms are written as %s, and read back', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text)
  expect(parseDuration(text)).toBe(milliseconds)
})
