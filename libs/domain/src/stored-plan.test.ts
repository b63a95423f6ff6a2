import { expect, test } from 'vitest'
import type { Plan } from './plan.ts'
import { storedPlan } from './stored-plan.ts'

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
    changes: [{ ...old.changes[0], unified_diff: '', effects: [], impact: 'low', reasons: [] }],
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
