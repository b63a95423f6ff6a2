import { expect, test } from 'vitest'
import { createChange, deleteChange } from './change.ts'
import { isEmptyPlan, summarize } from './plan.ts'
import type { Change, Conflict } from './plan.ts'

const web = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' } }
const assessed = { effects: [], impact: 'low', reasons: [] } as const
const create: Change = { ...createChange(web, () => ''), ...assessed }
const remove: Change = { ...deleteChange(web, () => ''), ...assessed, impact: 'high' }
const update = { ...create, type: 'update' as const }
const conflict: Conflict = {
  type: 'validation',
  resource: 'ConfigMap/web',
  ref: create.ref,
  blocking: true,
  description: '',
  suggestions: [],
  manager: null,
  time: null,
}
const nothing = { changes: [], conflicts: [], warnings: [] }

test('a summary counts changes by their type and impact, conflicts and warnings', () => {
  const plan = {
    changes: [create, update, update, remove, create, update],
    conflicts: [conflict],
    warnings: ['a', 'b'],
  }
  expect(summarize(plan)).toEqual({
    total_changes: 6,
    created_resources: 2,
    updated_resources: 3,
    deleted_resources: 1,
    replaced_resources: 0,
    conflict_count: 1,
    warning_count: 2,
    impact: { low: 5, medium: 0, high: 1, critical: 0 },
    highest_impact: 'high',
  })
})

test('a replaced object counts as deleted and as created, and once as replaced', () => {
  const changes = [remove, create].map((change) => ({ ...change, replaces: true as const }))
  const { total_changes, created_resources, deleted_resources, replaced_resources } = summarize({ ...nothing, changes })
  expect([total_changes, created_resources, deleted_resources, replaced_resources]).toEqual([2, 1, 1, 1])
})

test('where nothing changes there is no highest impact', () => {
  expect(summarize(nothing)).toMatchObject({ impact: { low: 0, critical: 0 }, highest_impact: null })
})

test('a plan is empty when it neither changes nor complains', () => {
  expect(isEmptyPlan(summarize(nothing))).toBe(true)
  expect(isEmptyPlan(summarize({ ...nothing, changes: [create] }))).toBe(false)
  expect(isEmptyPlan(summarize({ ...nothing, conflicts: [conflict] }))).toBe(false)
  expect(isEmptyPlan(summarize({ ...nothing, warnings: ['a'] }))).toBe(false)
})
