import { expect, test } from 'vitest'
import { assessChanges } from '../impact-rules/assess-changes.ts'
import { createChange, deleteChange, unifiedDiffOf, updateChange } from './change.ts'
import type { ChangeDraft } from './change.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import { summarize } from './plan.ts'
import type { Plan } from './plan.ts'
import { storedPlan } from './stored-plan.ts'
import { unifiedDiff } from './unified-diff.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' }
const counts = {
  total_changes: 1,
  created_resources: 1,
  updated_resources: 0,
  deleted_resources: 0,
  conflict_count: 1,
  warning_count: 0,
}
const old = {
  workflow_id: 'shop',
  revision: 'c0ffee',
  generated_at: '2026-11-23T07:00:00.000Z',
  summary: counts,
  changes: [{ type: 'create', resource: 'ConfigMap/web', ref, diff: '+ Creating ConfigMap/web', fields: [] }],
  conflicts: [{ type: 'validation', resource: 'ConfigMap/web', ref, description: 'refused', suggestions: ['mend it'] }],
  warnings: [],
}

test('a plan of before impacts and digests were known is read with what it lacks', () => {
  expect(storedPlan(old)).toEqual({
    ...old,
    digest: '',
    summary: {
      ...counts,
      replaced_resources: 0,
      impact: { low: 1, medium: 0, high: 0, critical: 0 },
      highest_impact: 'low',
    },
    changes: [{ ...old.changes[0], effects: [], impact: 'low', reasons: [] }],
    conflicts: [{ ...old.conflicts[0], blocking: true, manager: null, time: null }],
  })
})

test('a plan of now is read as it is', () => {
  const plan: Plan = {
    workflow_id: 'shop',
    revision: 'c0ffee',
    generated_at: '2026-11-23T07:00:00.000Z',
    digest: 'plan:abc',
    summary: {
      ...counts,
      replaced_resources: 1,
      impact: { low: 0, medium: 0, high: 0, critical: 1 },
      highest_impact: 'critical',
    },
    changes: [
      {
        type: 'create',
        replaces: true,
        resource: 'ConfigMap/web',
        ref,
        diff: '+ Creating ConfigMap/web',
        unified_diff: '+a',
        fields: [],
        effects: ['recreates'],
        impact: 'critical',
        reasons: [{ rule: 'replace', impact: 'critical', text: 'so' }],
      },
    ],
    conflicts: [
      {
        type: 'out_of_sync',
        resource: 'ConfigMap/web',
        ref,
        blocking: false,
        description: 'changed',
        suggestions: [],
        manager: 'kubectl',
        time: '2026-11-23T07:00:00Z',
      },
    ],
    warnings: [],
  }
  expect(storedPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
})

test('the unified diff of what is read is that of what was planned', () => {
  const object = (value: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', resourceVersion: value, managedFields: [{ manager: value }] },
    data: { key: value.repeat(5_000) },
    status: { value },
  })
  const [small, large] = [object('a'), object('b')]
  const asIs = (value: string) => value
  const drafts = [
    createChange(large, asIs),
    updateChange(small, large, asIs, () => [{ path: 'data.key', before: 'a', after: 'b' }]) as ChangeDraft,
    deleteChange(small, asIs),
    { ...deleteChange(large, asIs), replaces: true as const, unified_diff: 'of both halves' },
  ]
  const changes = assessChanges(drafts, { overrides: {}, owned: 9 })
  const summary = summarize({ changes, conflicts: [], warnings: [] })
  const plan: Plan = { ...old, digest: 'plan:abc', conflicts: [], changes, summary }
  const read = storedPlan(JSON.parse(JSON.stringify(plan)))
  expect(read).toEqual(plan)
  expect(read.changes.map(unifiedDiffOf)).toEqual([
    unifiedDiff(undefined, large),
    unifiedDiff(small, large),
    unifiedDiff(small, undefined),
    'of both halves',
  ])
})
