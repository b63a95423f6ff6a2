import { expect, test } from 'vitest'
import { createChange, deleteChange } from './change.ts'
import { isEmptyPlan, summarize } from './plan.ts'
import type { Conflict } from './plan.ts'

const web = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web' } }
const create = createChange(web, () => '')
const remove = deleteChange(web, () => '')
const update = { ...create, type: 'update' as const }
const conflict: Conflict = {
  type: 'validation',
  resource: 'ConfigMap/web',
  ref: create.ref,
  description: '',
  suggestions: [],
}
const nothing = { changes: [], conflicts: [], warnings: [] }

test('a summary counts changes by their type, conflicts and warnings', () => {
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
    conflict_count: 1,
    warning_count: 2,
  })
})

test('a plan is empty when it neither changes nor complains', () => {
  expect(isEmptyPlan(summarize(nothing))).toBe(true)
  expect(isEmptyPlan(summarize({ ...nothing, changes: [create] }))).toBe(false)
  expect(isEmptyPlan(summarize({ ...nothing, conflicts: [conflict] }))).toBe(false)
  expect(isEmptyPlan(summarize({ ...nothing, warnings: ['a'] }))).toBe(false)
})
