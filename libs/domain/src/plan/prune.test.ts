import { expect, test } from 'vitest'
import { isKept } from './prune.ts'

test.each([
  ['v1', 'Namespace', true],
  ['v1', 'PersistentVolume', true],
  ['v1', 'PersistentVolumeClaim', true],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', true],
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', true],
  ['v1', 'ConfigMap', false],
  ['apps/v1', 'StatefulSet', false],
  ['example.com/v1', 'Namespace', false],
  ['v1', 'CustomResourceDefinition', false],
])('%s %s is never removed unasked: %s', (apiVersion, kind, kept) => {
  expect(isKept({ apiVersion, kind })).toBe(kept)
})
