import { expect, test } from 'vitest'
import { matchesSelector } from './matches-selector.ts'
import type { ObjectSelector } from './object-selector.ts'

const everything: ObjectSelector = { group: null, kind: null, namespace: null, name: null }
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web-app' }
const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web' }
const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'web' }

test.each<[Partial<ObjectSelector>, typeof web | typeof role, boolean]>([
  [{}, web, true],
  [{ group: '*', kind: '*', namespace: '*', name: '*' }, role, true],
  [{ kind: 'Deployment' }, web, true],
  [{ kind: 'deployment' }, web, false],
  [{ kind: 'Deployment' }, config, false],
  [{ group: 'apps' }, web, true],
  [{ group: 'apps/v1' }, web, false],
  [{ group: '' }, config, true],
  [{ group: '' }, web, false],
  [{ namespace: 'shop' }, web, true],
  [{ namespace: 'shop' }, role, false],
  [{ namespace: '*' }, role, true],
  [{ namespace: 'sh*' }, web, true],
  [{ name: 'web' }, web, false],
  [{ name: 'web-*' }, web, true],
  [{ name: 'web-*' }, config, false],
  [{ name: '*-app' }, web, true],
  [{ name: 'w*-*p' }, web, true],
  [{ name: 'web-app*' }, web, true],
  [{ name: '*web*' }, web, true],
  [{ name: 'web-app*app' }, web, false],
  [{ name: '*b*a*' }, web, true],
  [{ name: '*a*b*' }, web, false],
  [{ name: 'w.b-app' }, web, false],
  [{ group: 'apps', kind: 'Deployment', namespace: 'other', name: 'web-app' }, web, false],
])('%j of %j: %s', (selector, ref, matches) => {
  expect(matchesSelector({ ...everything, ...selector }, ref)).toBe(matches)
})

test('many stars do not make it slow', { timeout: 200 }, () => {
  const name = 'a'.repeat(250)
  expect(matchesSelector({ ...everything, name: `${'*a'.repeat(120)}*b` }, { ...web, name })).toBe(false)
})
