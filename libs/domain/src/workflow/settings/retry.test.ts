import { expect, test } from 'vitest'
import { isWorthRetrying, retryAfterMs } from './retry.ts'
import type { RetryPolicy } from './retry.ts'

const policy: RetryPolicy = { limit: 3, backoff: 'exponential', interval_ms: 1_000, max_duration_ms: 60_000 }

test.each<[RetryPolicy['backoff'], readonly (number | undefined)[]]>([
  ['exponential', [1_000, 2_000, 4_000, undefined]],
  ['linear', [1_000, 2_000, 3_000, undefined]],
  ['fixed', [1_000, 1_000, 1_000, undefined]],
])('a %s back-off waits so long after each failure', (backoff, waits) => {
  const wait = (failures: number) => retryAfterMs({ ...policy, backoff }, { failures, sinceMs: 0 }, 0)
  expect([1, 2, 3, 4].map(wait)).toEqual(waits)
})

test('without a limit nothing is tried again', () => {
  expect(retryAfterMs({ ...policy, limit: 0 }, { failures: 1, sinceMs: 0 }, 0)).toBeUndefined()
})

test('no try begins after the longest duration', () => {
  expect(retryAfterMs(policy, { failures: 1, sinceMs: 59_000 }, 0)).toBe(1_000)
  expect(retryAfterMs(policy, { failures: 1, sinceMs: 59_001 }, 0)).toBeUndefined()
})

test('jitter adds up to a fifth', () => {
  expect(retryAfterMs(policy, { failures: 2, sinceMs: 0 }, 1)).toBe(2_400)
})

test.each([
  ['source', false],
  ['render', false],
  ['plan', false],
  ['apply', true],
  ['prune', true],
  ['health', true],
] as const)('a failure of stage %s is worth a retry: %s', (stage, worth) => {
  expect(isWorthRetrying(stage)).toBe(worth)
})
