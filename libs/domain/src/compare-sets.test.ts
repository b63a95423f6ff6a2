import { expect, test } from 'vitest'
import { canonicalJson } from './json/canonical-json.ts'
import { compareSets } from './compare-sets.ts'
import type { KubernetesObject } from './object/object-ref.ts'
import type { ManifestSet } from './object/manifest-set.ts'

const set = (...objects: readonly KubernetesObject[]): ManifestSet => ({
  files: objects.map((object, index) => ({
    path: `${index}.yaml`,
    blob: `${index}`,
    objects: [{ object, line: 1, digest: canonicalJson(object) }],
  })),
})

const configMap = (name: string, data: object, metadata: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})

/** Top-level fields whose texts differ. */
const diff = (before: KubernetesObject, after: KubernetesObject) =>
  Object.keys({ ...before, ...after })
    .filter((path) => canonicalJson(before[path] ?? null) !== canonicalJson(after[path] ?? null))
    .map((path) => ({ path, before: before[path], after: after[path] }))

const context = { namespace: 'shop', overrides: {}, token: (value: string) => `(masked ${value.length})`, diff }
const compare = (before: ManifestSet, after: ManifestSet) => compareSets(before, after, context)

test('what joins, leaves and changes is told, and what stays is not', () => {
  const before = set(configMap('gone', {}), configMap('same', { a: '1' }), configMap('web', { a: '1' }))
  const after = set(configMap('web', { a: '2' }), configMap('new', {}), configMap('same', { a: '1' }))
  const { changes, conflicts, summary } = compare(before, after)
  expect(changes.map(({ type, resource }) => `${type} ${resource}`)).toEqual([
    'delete ConfigMap/gone',
    'create ConfigMap/new',
    'update ConfigMap/web',
  ])
  expect(conflicts).toEqual([])
  expect(summary).toMatchObject({ created_resources: 1, updated_resources: 1, deleted_resources: 1, total_changes: 3 })
  expect(changes.every(({ reasons }) => reasons.length > 0)).toBe(true)
})

test('that the cluster was not asked is said', () => {
  expect(compare(set(), set()).warnings).toEqual([expect.stringContaining('The cluster was not asked')])
})

test('a namespace that is written out is the one that it would go to', () => {
  const { changes } = compare(set(configMap('a', {})), set(configMap('a', {}, { namespace: 'shop' })))
  expect(changes).toEqual([])
  expect(compare(set(), set(configMap('a', {}))).changes[0]?.ref.namespace).toBe('shop')
})

test('what lies in no namespace is put into none', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'moons.example.com' },
    spec: { group: 'example.com', scope: 'Cluster', names: { kind: 'Moon' } },
  }
  const moon = { apiVersion: 'example.com/v1', kind: 'Moon', metadata: { name: 'luna' } }
  const stranger = { apiVersion: 'other.com/v1', kind: 'Star', metadata: { name: 'sun' } }
  const { changes } = compare(set(), set(namespace, definition, moon, stranger))
  expect(changes.map(({ ref }) => ref.namespace)).toEqual([undefined, undefined, undefined, undefined])
})

test('values of Secrets are never shown, and that they changed is', () => {
  const secret = (password: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db' },
    stringData: { password, user: 'shop' },
  })
  const comparison = compare(set(secret('swordfish')), set(secret('hunter2')))
  expect(comparison.changes).toMatchObject([{ type: 'update', resource: 'Secret/db' }])
  expect(JSON.stringify(comparison)).not.toMatch(/swordfish|hunter2/)
  expect(compare(set(secret('swordfish')), set(secret('swordfish'))).changes).toEqual([])
})

const hook = (name: string, image: string, phase = 'PreSync'): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, annotations: { 'argocd.argoproj.io/hook': phase } },
  spec: { template: { spec: { containers: [{ name, image }] } } },
})

test('hooks are no changes: those of the later point are told as in a plan, and which are others', () => {
  const before = set(hook('migrate', 'a:1'), hook('seed', 'a:1'), configMap('web', { a: '1' }))
  const after = set(hook('migrate', 'a:2'), hook('tell', 'a:1', 'PostSync'), configMap('web', { a: '2' }))
  const { changes, hooks, warnings, differs } = compare(before, after)
  expect(differs).toBe(true)
  expect(changes.map(({ resource }) => resource)).toEqual(['ConfigMap/web'])
  expect(hooks).toMatchObject([
    { phase: 'PreSync', name: 'Job/migrate', where: '0.yaml:1', impact: 'medium', ref: { namespace: 'shop' } },
    { phase: 'PostSync', name: 'Job/tell', where: '1.yaml:1' },
  ])
  expect(warnings.slice(1)).toEqual([
    'The PreSync hook Job/migrate differs',
    'The PreSync hook Job/seed is gone',
    'The PostSync hook Job/tell is new',
  ])
})

test('two points that differ in a hook alone differ, and the same hooks are no difference', () => {
  expect(compare(set(hook('migrate', 'a:1')), set(hook('migrate', 'a:2')))).toMatchObject({
    changes: [],
    differs: true,
  })
  expect(compare(set(hook('migrate', 'a:1')), set(hook('migrate', 'a:1')))).toMatchObject({ differs: false })
})

test.each([
  ['PreDelete', 'argocd.argoproj.io/hook'],
  ['test', 'helm.sh/hook'],
])('a %s hook, which no sync runs, is told when it is another', (point, annotation) => {
  const check = (image: string): KubernetesObject => {
    const job = hook('check', image)
    return { ...job, metadata: { ...job.metadata, annotations: { [annotation]: point } } }
  }
  const told = (news: string) => [`The ${point} hook Job/check, which no sync runs, ${news}`]
  const changed = compare(set(check('a:1')), set(check('a:2')))
  expect(changed).toMatchObject({ changes: [], hooks: [], differs: true })
  expect(changed.warnings.slice(1)).toEqual(told('differs'))
  expect(compare(set(), set(check('a:1'))).warnings.slice(1)).toEqual(told('is new'))
  expect(compare(set(check('a:1')), set()).warnings.slice(1)).toEqual(told('is gone'))
  expect(compare(set(check('a:1')), set(check('a:1')))).toMatchObject({ differs: false })
})
