import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlannedHook } from '../hooks/hook.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import { planDigest } from './plan-digest.ts'
import type { Change, Conflict, FieldChange } from './plan.ts'

// The whole text instead of its hash: what differs cannot collide.
const digest = (changes: readonly Change[], conflicts: readonly Conflict[] = []) =>
  planDigest({ changes, conflicts }, (text) => text)

const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant({ a: [1] }))
const name = fc.constantFrom('a', 'b', 'c', 'd')
const field: fc.Arbitrary<FieldChange> = fc.oneof(
  fc.record({ path: name, before: value, after: value }),
  fc.record({ path: name, after: value }),
  fc.record({ path: name, before: value }),
)

function object(kind: string, named: string, spec: unknown): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name: named, namespace: 'shop' }, spec }
}

const change: fc.Arbitrary<Change> = fc
  .record({
    type: fc.constantFrom('create', 'update', 'delete'),
    kind: fc.constantFrom('ConfigMap', 'Service'),
    name,
    spec: value,
    fields: fc.uniqueArray(field, { selector: ({ path }) => path, maxLength: 4, minLength: 1 }),
  })
  .map(({ type, kind, name: named, spec, fields }) => ({
    type,
    resource: `${kind}/${named}`,
    ref: { apiVersion: 'v1', kind, namespace: 'shop', name: named },
    ...(type !== 'create' && { current_state: object(kind, named, spec) }),
    ...(type !== 'delete' && { desired_state: object(kind, named, spec) }),
    diff: 'text',
    unified_diff: 'text',
    fields: type === 'update' ? fields : [],
    effects: [],
    impact: 'low',
    reasons: [],
  }))

const changes = fc.uniqueArray(change, { selector: ({ resource }) => resource, minLength: 1, maxLength: 6 })

test('the order of objects and fields does not count', () => {
  fc.assert(
    fc.property(changes, fc.infiniteStream(fc.nat()), (plan, random) => {
      const shuffled = <Item>(items: readonly Item[]) =>
        items
          .map((item) => [random.next().value ?? 0, item] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, item]) => item)
      const other = shuffled(plan).map((each) => ({ ...each, fields: shuffled(each.fields) }))
      expect(digest(other)).toBe(digest(plan))
    }),
  )
})

test('what has no effect does not count', () => {
  const server = { uid: 'u', resourceVersion: '7', generation: 3, creationTimestamp: '2026-11-23', managedFields: [{}] }
  const told = (state: KubernetesObject): KubernetesObject => ({
    ...state,
    metadata: { ...state.metadata, ...server },
    status: { ready: 1 },
  })
  fc.assert(
    fc.property(changes, (plan) => {
      const other: Change[] = plan.map((each) => ({
        ...each,
        ...(each.current_state && { current_state: told(each.current_state) }),
        ...(each.desired_state && { desired_state: told(each.desired_state) }),
        fields: [
          ...each.fields.map((one) => ({ ...one, managers: ['kubectl'] })),
          ...(each.type === 'update' ? [{ path: 'spec.nodePort', after: 30_080, server: true as const }] : []),
        ],
        diff: 'another text',
        unified_diff: 'another text',
        effects: ['restarts_pods'],
        impact: 'critical',
        reasons: [{ rule: 'update', impact: 'critical', text: 'so' }],
      }))
      expect(digest(other)).toBe(digest(plan))
    }),
  )
})

const isNew = (plan: readonly Change[], other: Change) => plan.every(({ resource }) => resource !== other.resource)

test('one change more is another effect', () => {
  fc.assert(
    fc.property(changes, change, (plan, more) => {
      fc.pre(isNew(plan, more))
      expect(digest([...plan, more])).not.toBe(digest(plan))
    }),
  )
})

test.each<[string, (one: Change) => Change]>([
  ['another type', (one) => ({ ...one, type: one.type === 'delete' ? 'create' : 'delete' })],
  ['another name', (one) => ({ ...one, ref: { ...one.ref, name: 'other' } })],
  ['another namespace', (one) => ({ ...one, ref: { ...one.ref, namespace: 'other' } })],
  ['no namespace', ({ ref: { namespace: _none, ...ref }, ...one }) => ({ ...one, ref })],
  ['another kind', (one) => ({ ...one, ref: { ...one.ref, kind: 'Secret' } })],
  ['another group', (one) => ({ ...one, ref: { ...one.ref, apiVersion: 'apps/v1' } })],
])('%s is another effect', (_title, alter) => {
  fc.assert(
    fc.property(changes, fc.nat(), (plan, at) => {
      const index = at % plan.length
      const altered = plan.map((one, each) => (each === index ? alter(one) : one))
      expect(digest(altered)).not.toBe(digest(plan))
    }),
  )
})

test('another value of a field is another effect', () => {
  fc.assert(
    fc.property(changes, fc.nat(), (plan, at) => {
      const updates = plan.filter(({ type }) => type === 'update')
      fc.pre(updates.length > 0)
      const one = updates[at % updates.length]
      for (const side of ['before', 'after', 'path'] as const) {
        const altered = plan.map((each) =>
          each === one
            ? { ...each, fields: each.fields.map((f, nth) => (nth === 0 ? { ...f, [side]: 'NEW' } : f)) }
            : each,
        )
        expect(digest(altered)).not.toBe(digest(plan))
      }
    }),
  )
})

test('another field of a new object is another effect, and so is that it replaces one', () => {
  fc.assert(
    fc.property(changes, fc.nat(), (plan, at) => {
      const creates = plan.filter(({ type }) => type === 'create')
      fc.pre(creates.length > 0)
      const one = creates[at % creates.length]
      const alter = (to: Partial<Change>) => plan.map((each) => (each === one ? { ...each, ...to } : each))
      expect(digest(alter({ replaces: true }))).not.toBe(digest(plan))
      const desired_state = { ...object('ConfigMap', 'x', null), ...one?.desired_state, more: 1 }
      expect(digest(alter({ desired_state }))).not.toBe(digest(plan))
    }),
  )
})

const conflict: Conflict = {
  type: 'validation',
  resource: 'ConfigMap/a',
  ref: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' },
  blocking: true,
  description: 'refused',
  suggestions: [],
  manager: null,
  time: null,
}

test('a conflict that blocks is an effect, and one that does not is none', () => {
  expect(digest([], [conflict])).not.toBe(digest([]))
  expect(digest([], [{ ...conflict, description: 'refused otherwise' }])).not.toBe(digest([], [conflict]))
  expect(digest([], [{ ...conflict, blocking: false }])).toBe(digest([]))
})

test('a digest is what the hash says, under a name of its own', () => {
  expect(planDigest({ changes: [], conflicts: [] }, () => `hmac:${'a'.repeat(64)}`)).toBe(`plan:${'a'.repeat(64)}`)
})

test('what a hook would do counts, and where it is declared does not', () => {
  const desired_state = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'migrate', namespace: 'shop' },
    spec: { x: 1 },
  }
  const hook: PlannedHook = {
    phase: 'PreSync',
    wave: 0,
    name: 'Job/migrate',
    kind: 'object',
    ref: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name: 'migrate' },
    origin: 'argocd',
    where: 'a.yaml:1',
    delete_policies: ['HookFailed'],
    desired_state,
    impact: 'low',
    reasons: [],
  }
  const of = (...hooks: readonly PlannedHook[]) => planDigest({ changes: [], conflicts: [], hooks }, (text) => text)
  expect(of()).toBe(digest([]))
  const others: readonly PlannedHook[] = [
    { ...hook, phase: 'PostSync' },
    { ...hook, wave: 1 },
    { ...hook, delete_policies: ['HookSucceeded'] },
    { ...hook, desired_state: { ...desired_state, spec: { x: 2 } } },
    { phase: 'PreSync', wave: 0, name: 'pre_sync_hooks[0]', kind: 'command', command: 'a' },
    { phase: 'PreSync', wave: 0, name: 'pre_sync_hooks[0]', kind: 'command', command: 'b' },
  ]
  expect(new Set([of(hook), ...others.map((other) => of(other))]).size).toBe(others.length + 1)
  expect(of({ ...hook, where: 'b.yaml:9', impact: 'high' })).toBe(of(hook))
})
