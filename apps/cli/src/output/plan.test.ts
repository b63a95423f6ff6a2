import { create, fromJson } from '@bufbuild/protobuf'
import { ValueSchema } from '@bufbuild/protobuf/wkt'
import { PlanSchema } from '@plimsoll/proto'
import { expect, test } from 'vitest'
import { planText } from './plan.ts'

const value = (json: Parameters<typeof fromJson>[1]) => fromJson(ValueSchema, json)

const plan = create(PlanSchema, {
  revision: 'c0ffee0000000000',
  summary: { createdResources: 1, updatedResources: 1, deletedResources: 1, conflictCount: 1, warningCount: 1 },
  changes: [
    {
      type: 'create',
      resource: 'Namespace/shop',
      ref: { kind: 'Namespace', name: 'shop' },
      fields: [{ path: 'metadata', after: value({}) }],
    },
    {
      type: 'update',
      resource: 'Deployment/web',
      ref: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      fields: [
        { path: 'spec.replicas', before: value(1), after: value(3), managers: ['kubectl'] },
        { path: 'spec.paused', after: value(true) },
        { path: 'metadata.labels', before: value({ a: '\u001b[2J' }) },
      ],
    },
    { type: 'delete', resource: 'ConfigMap/old', ref: { kind: 'ConfigMap', namespace: 'shop', name: 'old' } },
  ],
  conflicts: [
    {
      type: 'validation',
      resource: 'Service/web',
      ref: { kind: 'Service', namespace: 'shop', name: 'web' },
      description: 'the port is no number',
      suggestions: ['Write 80.'],
    },
  ],
  warnings: ['mind the gap'],
})

test('a plan is shown object by object, with the sum at the end', () => {
  expect(planText(plan, { colour: false })).toBe(
    [
      '+ Namespace shop',
      '~ Deployment shop/web',
      '    ~ spec.replicas: 1 → 3  (owned by kubectl)',
      '    + spec.paused: true',
      '    - metadata.labels: {"a":"\\u001b[2J"}',
      '- ConfigMap shop/old',
      '✗ Service shop/web validation: the port is no number',
      '    try: Write 80.',
      '! mind the gap',
      '',
      'Plan for c0ffee0000: 1 to create, 1 to update, 1 to delete, 1 conflict, 1 warning.',
      '',
    ].join('\n'),
  )
})

test('colours come only where they are wanted', () => {
  expect(planText(plan, { colour: true })).toContain('\u001b[32m+ Namespace shop\u001b[0m')
  expect(planText(plan, { colour: false })).not.toContain('\u001b')
})

test('no plan is nothing to do', () => {
  expect(planText(undefined, { colour: false })).toBe('Nothing to do: the cluster is as Git declares it.\n')
})
