import { expect, test } from 'vitest'
import { fairShare } from './fair-share.ts'

test.each([
  ['all fit', [10, 20], 30, Number.POSITIVE_INFINITY],
  ['none is there', [], 30, Number.POSITIVE_INFINITY],
  ['large ones share what small ones leave', [100, 5, 100], 45, 20],
  ['all are large', [100, 100], 30, 15],
  ['there is no room', [100, 100], -5, 0],
])('%s', (_what, sizes, space, share) => {
  expect(fairShare(sizes, space)).toBe(share)
  const used = sizes.reduce((sum, size) => sum + Math.min(size, share), 0)
  expect(used).toBeLessThanOrEqual(Math.max(space, 0))
})
