import { expect, test } from 'vitest'
import { assessChanges, impactWarnings, mostDangerousFirst } from './assess-changes.ts'
import { createChange, deleteChange, updateChange } from '../plan/change.ts'
import type { ChangeDraft } from '../plan/change.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import type { FieldChange } from '../plan/plan.ts'

const asIs = (value: string) => value
const none = { overrides: {}, owned: 100 }

function object(kind: string, name: string, spec: object = {}, apiVersion = 'apps/v1'): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace: 'shop' }, spec }
}

const config = (name: string) => object('ConfigMap', name, {}, 'v1')
const pods = (image: string) => ({ template: { spec: { containers: [{ name: 'web', image }] } } })

function update(
  before: KubernetesObject,
  after: KubernetesObject,
  fields: readonly FieldChange[] = [{ path: 'spec' }],
) {
  return updateChange(before, after, asIs, () => fields) as ChangeDraft
}

const scaled = update(object('Deployment', 'web', { replicas: 3 }), object('Deployment', 'web', { replicas: 0 }))

test('every change is told as it was, with its impact, its reasons and its effects', () => {
  expect(assessChanges([scaled], none)).toEqual([
    {
      ...scaled,
      impact: 'high',
      reasons: [{ rule: 'scale-to-zero', impact: 'high', text: '3 -> 0 replicas: nothing of it runs' }],
      effects: ['interrupts_traffic'],
    },
  ])
})

test('the highest reason decides, and every reason is told, the worst first', () => {
  const before = object('StatefulSet', 'db', { replicas: 3, selector: { a: 'b' }, ...pods('db:1') })
  const after = object('StatefulSet', 'db', { replicas: 1, selector: { a: 'c' }, ...pods('db:2') })
  const [change] = assessChanges([update(before, after)], none)
  expect(change?.impact).toBe('high')
  expect(change?.reasons.map(({ rule, impact }) => `${rule} ${impact}`)).toEqual([
    'selector-changed high',
    'pod-template-changed medium',
    'scale-down medium',
  ])
  expect(change?.effects).toEqual(['interrupts_traffic', 'restarts_pods'])
})

test('a workflow raises and lowers rules by their names', () => {
  const impactOf = (overrides: Parameters<typeof assessChanges>[1]['overrides']) => {
    const [change] = assessChanges([scaled], { overrides, owned: 100 })
    return [change?.impact, change?.reasons.map(({ rule, impact }) => `${rule} ${impact}`)]
  }
  expect(impactOf({ 'scale-to-zero': 'critical' })).toEqual(['critical', ['scale-to-zero critical']])
  expect(impactOf({ 'scale-to-zero': 'low' })).toEqual(['low', ['scale-to-zero low']])
  expect(impactOf({ 'scale-down': 'critical' })).toEqual(['high', ['scale-to-zero high']])
})

test('that an object is changed at all is a reason where a workflow makes it the worst, or nothing else is one', () => {
  const reasons = (overrides: Parameters<typeof assessChanges>[1]['overrides']) =>
    assessChanges([scaled], { overrides, owned: 100 })[0]?.reasons.map(({ rule, impact }) => `${rule} ${impact}`)
  expect(reasons({ update: 'critical' })).toEqual(['update critical', 'scale-to-zero high'])
  expect(reasons({ update: 'high' })).toEqual(['scale-to-zero high'])
  const [plain] = assessChanges([createChange(config('web'), asIs)], none)
  expect(plain?.reasons).toEqual([{ rule: 'create', impact: 'low', text: 'the object is new' }])
})

test('names of objects are no names of rules', () => {
  const [change] = assessChanges([createChange(config('web'), asIs)], {
    overrides: JSON.parse('{ "__proto__": "critical", "constructor": "critical" }') as Record<string, 'critical'>,
    owned: 1,
  })
  expect(change?.impact).toBe('low')
})

test('both halves of a replace are judged as one', () => {
  const [before, after] = [
    object('Job', 'migrate', pods('job:1'), 'batch/v1'),
    object('Job', 'migrate', pods('job:2'), 'batch/v1'),
  ]
  const halves = [deleteChange(before, asIs), createChange(after, asIs)].map((half) => ({
    ...half,
    replaces: true as const,
  }))
  const changes = assessChanges(halves, { overrides: {}, owned: 1 })
  expect(changes.map(({ type, impact, effects }) => [type, impact, effects])).toEqual([
    ['delete', 'high', ['recreates', 'restarts_pods']],
    ['create', 'high', ['recreates', 'restarts_pods']],
  ])
  expect(changes[0]?.reasons).toEqual(changes[1]?.reasons)
  expect(changes[0]?.reasons.map(({ rule }) => rule)).toEqual(['replace', 'immutable-field'])
  expect(impactWarnings(changes)).toEqual(['High-impact change detected: Job/migrate'])
})

test('fields tell that only metadata changes, also where the states differ elsewhere', () => {
  const draft = update(config('web'), { ...config('web'), spec: { a: 1 } }, [{ path: 'metadata.labels.a', after: 'b' }])
  expect(assessChanges([draft], none)[0]?.reasons.map(({ rule }) => rule)).toEqual(['metadata-changed'])
})

test('a change of high or critical impact is a warning, in the words of the seed', () => {
  const changes = assessChanges(
    [
      createChange(config('web'), asIs),
      update(
        object('Deployment', 'critical-app', { replicas: 2 }),
        object('Deployment', 'critical-app', { replicas: 0 }),
      ),
      deleteChange(object('Namespace', 'shop', {}, 'v1'), asIs),
      createChange(object('Deployment', 'web', pods('web:1')), asIs),
    ],
    none,
  )
  expect(impactWarnings(changes)).toEqual([
    'High-impact change detected: Deployment/critical-app',
    'Critical-impact change detected: Namespace/shop',
  ])
})

test('the most dangerous come first, and what is equally bad stays in its order', () => {
  const levels = ['low', 'high', 'low', 'critical', 'medium', 'high'] as const
  const sorted = mostDangerousFirst(levels.map((impact, at) => ({ impact, at })))
  expect(sorted.map(({ at }) => at)).toEqual([3, 1, 5, 4, 0, 2])
})

test('what a manifest should not hold confuses no rule', () => {
  const odd = [null, 3, 'text', [], [null], { a: null }, [[1]]]
  const kinds = [
    'v1/Service',
    'v1/PersistentVolume',
    'apps/v1/StatefulSet',
    'batch/v1/CronJob',
    'networking.k8s.io/v1/NetworkPolicy',
    'networking.k8s.io/v1/Ingress',
    'rbac.authorization.k8s.io/v1/ClusterRole',
    'rbac.authorization.k8s.io/v1/RoleBinding',
    'apiextensions.k8s.io/v1/CustomResourceDefinition',
    'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration',
  ]
  const oddly = (apiVersion: string, kind: string, value: unknown) => ({
    ...object(kind, 'odd', {}, apiVersion),
    spec: { template: value, selector: value, rules: value, versions: value, tls: value, ingress: value, ports: value },
    rules: value,
    subjects: value,
    webhooks: value,
    roleRef: value,
  })
  const drafts = kinds.flatMap((kind) => {
    const [apiVersion, name] = [kind.slice(0, kind.lastIndexOf('/')), kind.slice(kind.lastIndexOf('/') + 1)]
    return odd.flatMap((value, at) => {
      const [before, after] = [oddly(apiVersion, name, value), oddly(apiVersion, name, odd[(at + 1) % odd.length])]
      return [createChange(after, asIs), update(before, after), deleteChange(before, asIs)]
    })
  })
  expect(assessChanges(drafts, none).every(({ reasons }) => reasons.length > 0)).toBe(true)
})
