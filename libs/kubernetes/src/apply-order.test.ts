import { expect, test } from 'vitest'
import { applyOrder, isBuiltInGroup, lastApplyOrder } from './apply-order.ts'

test('what others stand on is applied first, whatever the order in Git', () => {
  const kinds: [string, string][] = [
    ['ValidatingWebhookConfiguration', 'admissionregistration.k8s.io'],
    ['Ship', 'example.com'],
    ['Ingress', 'networking.k8s.io'],
    ['Deployment', 'apps'],
    ['Service', ''],
    ['RoleBinding', 'rbac.authorization.k8s.io'],
    ['CustomResourceDefinition', 'apiextensions.k8s.io'],
    ['ConfigMap', ''],
    ['ServiceAccount', ''],
    ['NetworkPolicy', 'networking.k8s.io'],
    ['Namespace', ''],
  ]
  const sorted = kinds.toSorted(([a, groupA], [b, groupB]) => applyOrder(a, groupA) - applyOrder(b, groupB))
  expect(sorted).toEqual(kinds.toReversed())
})

test('a kind that only shares its name with a built-in one is a custom one', () => {
  expect(applyOrder('Service', 'serving.knative.dev')).toBe(applyOrder('Ship', 'example.com'))
  expect(applyOrder('Namespace', 'example.com')).toBeGreaterThan(applyOrder('Ingress', 'networking.k8s.io'))
})

test('a built-in kind without a place of its own comes after those that have one', () => {
  expect(applyOrder('Lease', 'coordination.k8s.io')).toBeGreaterThan(applyOrder('APIService', 'apiregistration.k8s.io'))
  expect(applyOrder('Lease', 'coordination.k8s.io')).toBeLessThan(lastApplyOrder)
})

test.each([
  ['', true],
  ['apps', true],
  ['rbac.authorization.k8s.io', true],
  ['gateway.networking.k8s.io', false],
  ['snapshot.storage.k8s.io', false],
  ['argoproj.io', false],
])('group %j: built in is %s', (group, builtIn) => {
  expect(isBuiltInGroup(group)).toBe(builtIn)
})
