import { expect, test } from 'vitest'
import { pruneGuards, pruningOf } from './prune-guard.ts'
import type { Step } from './steps.ts'

const cases = [
  { deleted: 0, owned: 0, budget: 50, trips: false, because: 'nothing goes' },
  { deleted: 0, owned: 10, budget: 0, trips: false, because: 'nothing goes' },
  { deleted: 1, owned: 1, budget: 50, trips: false, because: 'one or two are always let pass' },
  { deleted: 2, owned: 2, budget: 1, trips: false, because: 'one or two are always let pass' },
  { deleted: 1, owned: 100, budget: 0, trips: true, because: 'a budget of 0 lets nothing pass' },
  { deleted: 3, owned: 3, budget: 50, trips: true, because: 'all of three is more than half' },
  { deleted: 3, owned: 4, budget: 50, trips: true, because: 'three of four are more than half' },
  { deleted: 3, owned: 6, budget: 50, trips: false, because: 'half is not more than half' },
  { deleted: 501, owned: 1_000, budget: 50, trips: true, because: 'one more than half' },
  { deleted: 9, owned: 1_000, budget: 50, trips: false, because: 'few of many' },
  { deleted: 10, owned: 10, budget: 100, trips: false, because: 'a budget of 100 lets all pass' },
  { deleted: 12, owned: 10, budget: 99, trips: true, because: 'found again beside the inventory' },
]

test.each(cases)('$deleted of $owned with a budget of $budget %: $because', ({ deleted, owned, budget, trips }) => {
  expect(pruneGuards({ deleted, owned, kept: [] }, budget)).toHaveLength(trips ? 1 : 0)
})

test('the reason says how much of how much, and what the setting is', () => {
  expect(pruneGuards({ deleted: 3, owned: 4, kept: [] }, 50)).toEqual([
    '3 of 4 objects would be deleted (75 %), and sync_policy.prune_budget is 50 %',
  ])
})

test('one object that holds others or data is enough, whatever the budget', () => {
  expect(pruneGuards({ deleted: 1, owned: 100, kept: ['Namespace jobs'] }, 100)).toEqual([
    'Namespace jobs would be deleted, with all that it holds',
  ])
})

test('many of them are counted', () => {
  const kept = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  expect(pruneGuards({ deleted: 7, owned: 100, kept }, 100)).toEqual([
    'a, b, c, d, e and 2 more would be deleted, with all that it holds',
  ])
})

const deletion = (kind: string): Step => ({
  action: 'delete',
  ref: { apiVersion: 'v1', kind, name: 'data', namespace: 'shop' },
  live: { uid: 'u', resourceVersion: '1' },
})

test('of steps only deletions count, not what is replaced', () => {
  const replaced: Step = {
    action: 'replace',
    object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' } },
    digest: '',
    live: { uid: 'u', resourceVersion: '1' },
  }
  const steps = [deletion('PersistentVolumeClaim'), deletion('ConfigMap'), replaced]
  expect(pruningOf({ steps, owned: 5 })).toEqual({
    deleted: 2,
    owned: 5,
    kept: ['PersistentVolumeClaim shop/data'],
  })
})

test('steps of an older version, which do not say how much is owned, count as all of it', () => {
  expect(pruningOf({ steps: [deletion('ConfigMap')] })).toEqual({ deleted: 1, owned: 1, kept: [] })
})
