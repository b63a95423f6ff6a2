import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create, fromJson, type DescMessage, type Message } from '@bufbuild/protobuf'
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import { timestampFromDate, ValueSchema } from '@bufbuild/protobuf/wkt'
import { PlanSchema, planV1 } from '@plimsoll/proto'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { aChange, aConflict, aPlan } from '../test/a-plan.ts'
import { faultsOf, undescribed } from '../test/plan-schema.ts'
import { yamlText } from './output/print.ts'

const state = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { big: '12345678901234567890' } }
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' }
const time = timestampFromDate(new Date('2024-01-15T10:30:00Z'))

/** Every field of the message has a value. */
const message = create(PlanSchema, {
  schema: 'plan.v1',
  workflowId: 'shop',
  revision: 'abc123def456',
  generatedAt: time,
  digest: 'plan:00ff',
  summary: {
    totalChanges: 1,
    createdResources: 1,
    updatedResources: 1,
    deletedResources: 1,
    replacedResources: 1,
    conflictCount: 1,
    warningCount: 1,
    impact: { low: 1, medium: 1, high: 1, critical: 1 },
    highestImpact: 'high',
  },
  changes: [
    {
      type: 'update',
      replaces: true,
      resource: 'ConfigMap/a',
      ref,
      currentState: state,
      desiredState: state,
      diff: '~ Updating ConfigMap/a:\n  a: 1 -> 2',
      unifiedDiff: '--- a\n+++ b\n',
      fields: [
        {
          path: 'data.a',
          before: fromJson(ValueSchema, '1'),
          after: fromJson(ValueSchema, [1, null]),
          managers: ['kubectl'],
          server: true,
        },
      ],
      effects: ['restarts_pods'],
      impact: 'high',
      reasons: [{ rule: 'some-rule', impact: 'high', text: 'because' }],
    },
  ],
  conflicts: [
    {
      type: 'validation',
      resource: 'ConfigMap/a',
      ref,
      blocking: true,
      description: 'it is refused',
      manager: 'kubectl',
      time,
      suggestions: ['mend it'],
      currentState: state,
      desiredState: state,
    },
  ],
  hooks: [
    {
      phase: 'PreSync',
      wave: 1,
      name: 'ConfigMap/a',
      kind: 'object',
      command: 'as it is of one that is a command',
      ref,
      origin: 'helm',
      where: 'a.yaml:1',
      deletePolicies: ['HookSucceeded'],
      desiredState: state,
      impact: 'low',
      reasons: [{ rule: 'some-rule', impact: 'low', text: 'because' }],
    },
  ],
  warnings: ['mind the gap'],
})

test('the schema describes each field that a plan can have', () => {
  expect(unset(message)).toEqual([])
  expect(undescribed(planV1(message))).toEqual([])
})

/** The fields of a message, and of those in it, that have no value. */
function unset(part: Message, schema: DescMessage = PlanSchema): readonly string[] {
  return schema.fields.flatMap((field): readonly string[] => {
    const of = reflect(schema, part)
    if (!of.isSet(field)) return [`${schema.name}.${field.name}`]
    const inner = field.message
    if (inner === undefined || inner.typeName.startsWith('google.')) return []
    const value: unknown = of.get(field)
    const parts = field.fieldKind === 'list' ? [...(value as Iterable<ReflectMessage>)] : [value as ReflectMessage]
    return parts.flatMap((each) => unset(each.message, inner))
  })
}

test('the published example is as the schema says', async () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'plan.v1.example.json')
  expect(undescribed(JSON.parse(await readFile(file, 'utf8')))).toEqual([])
})

test('what is printed as YAML is the same plan', () => {
  for (const version of ['1.1', '1.2'] as const)
    expect(parse(yamlText(planV1(message)), { version })).toEqual(planV1(message))
})

test('an integer that no double holds stays the text of its digits', () => {
  expect(planV1(message).changes[0]?.desired_state?.['data']).toEqual({ big: '12345678901234567890' })
})

test('no plan at all and a plan without changes are good', () => {
  expect(undescribed(null)).toEqual([])
  expect(undescribed(aPlan({}))).toEqual([])
  expect(
    undescribed(planV1(create(PlanSchema, { workflowId: 'a', generatedAt: time, summary: { impact: {} } }))),
  ).toEqual([])
})

const good = aPlan({ changes: [aChange('create', 'ConfigMap', 'shop', 'a', {})], conflicts: [aConflict({})] })
const changed = (change: object) => ({ ...good, changes: [{ ...good.changes[0], ...change }] })

test.each<[string, unknown, RegExp]>([
  ['another version', { ...good, schema: 'plan.v2' }, /schema must be equal to constant/],
  ['an instant that is none', { ...good, generated_at: 'yesterday' }, /generated_at must match format/],
  ['a field that is missing', { ...good, digest: undefined }, /digest/],
  ['a type that is none', changed({ type: 'patch' }), /type must be equal to one of/],
  ['an impact that is none', changed({ impact: 'huge' }), /impact must be equal to one of/],
  ['a state that is no object of Kubernetes', changed({ desired_state: { kind: 'X' } }), /apiVersion/],
  ['a count below zero', { ...good, summary: { ...good.summary, total_changes: -1 } }, /total_changes must be >= 0/],
])('%s is found', (_what, plan, fault) => {
  expect(faultsOf(JSON.parse(JSON.stringify(plan))).join('\n')).toMatch(fault)
})

test('a field that a later version adds is no fault, and one that the schema forgot is found', () => {
  const later = { ...good, later: 1 }
  expect(faultsOf(later)).toEqual([])
  expect(undescribed(later).join('\n')).toContain('later')
})
