import { expect, test } from 'vitest'
import { createChange, deleteChange, unifiedDiffOf, updateChange } from './change.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import type { FieldChange } from './plan.ts'
import { unifiedDiff } from './unified-diff.ts'

const token = () => '(masked)'

function object(kind: string, name: string, fields: object = {}, metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop', ...metadata }, ...fields }
}

test.each<[string, KubernetesObject, string]>([
  [
    'a workload',
    object('Deployment', 'web-app', { spec: { replicas: 3 } }),
    '+ Creating Deployment/web-app with 3 replicas',
  ],
  ['one replica', object('Deployment', 'web', { spec: { replicas: 1 } }), '+ Creating Deployment/web with 1 replica'],
  ['no replica', object('Deployment', 'web', { spec: { replicas: 0 } }), '+ Creating Deployment/web with 0 replicas'],
  [
    'replicas that are no number',
    object('Deployment', 'web', { spec: { replicas: '3' } }),
    '+ Creating Deployment/web',
  ],
  ['an object without a spec', object('ConfigMap', 'web'), '+ Creating ConfigMap/web'],
  ['an object whose spec is null', object('ConfigMap', 'web', { spec: null }), '+ Creating ConfigMap/web'],
])('creating %s is told', (_title, desired, text) => {
  const change = createChange(desired, token)
  expect(unifiedDiffOf(change)).toBe(unifiedDiff(undefined, desired))
  expect(change).toEqual({
    type: 'create',
    resource: `${desired.kind}/${desired.metadata.name}`,
    ref: { apiVersion: 'v1', kind: desired.kind, namespace: 'shop', name: desired.metadata.name },
    desired_state: desired,
    diff: text,
    fields: [],
  })
})

test.each<[string, FieldChange, string]>([
  ['a changed field', { path: 'spec.ports[name=http].port', before: 80, after: 8080 }, 'port: 80 -> 8080'],
  ['an added field', { path: 'spec.type', after: 'NodePort' }, 'type: + NodePort'],
  ['a removed field', { path: 'spec.type', before: 'NodePort' }, 'type: - NodePort'],
  ['a field that becomes null', { path: 'spec.type', before: 'NodePort', after: null }, 'type: NodePort -> null'],
  ['a field at the top', { path: 'type', before: 'a', after: 'b' }, 'type: a -> b'],
  ['a map', { path: 'spec.selector', after: { app: 'web' } }, 'selector: + {"app":"web"}'],
  [
    'a long integer',
    { path: 'spec.limit', before: 1, after: { is: 12345678901234567890n } },
    'limit: 1 -> {"is":12345678901234567890}',
  ],
  [
    'a long integer alone',
    { path: 'spec.limit', before: 1, after: 12345678901234567890n },
    'limit: 1 -> 12345678901234567890',
  ],
  ['an item of a list', { path: 'spec.ports[name=http]', after: { port: 80 } }, 'ports[name=http]: + {"port":80}'],
  ['an item by its place', { path: 'spec.args[2]', before: '-v', after: '-q' }, 'args[2]: -v -> -q'],
  ['an item of a list in a list', { path: 'spec.a[0][1]', before: 1, after: 2 }, 'a[0][1]: 1 -> 2'],
  [
    'an item whose key has a dot',
    { path: 'spec.hosts[host=shop.example.com]', after: {} },
    'hosts[host=shop.example.com]: + {}',
  ],
  ['an item whose key is quoted', { path: 'spec.hosts[host="a]b.c"]', after: {} }, 'hosts[host="a]b.c"]: + {}'],
  ['a name with a dot', { path: 'data["app.conf"]', before: 'a', after: 'b' }, 'app.conf: a -> b'],
  [
    'a name with a dot and a slash',
    { path: 'metadata.labels["plimsoll.dev/workflow"]', after: 'x' },
    'plimsoll.dev/workflow: + x',
  ],
  ['a field below a name with a dot', { path: 'data["app.conf"].size', before: 1, after: 2 }, 'size: 1 -> 2'],
  ['a name with a quote', { path: 'data["a\\"b.c"]', before: 1, after: 2 }, 'a"b.c: 1 -> 2'],
  ['a text of several lines', { path: 'data.conf', before: 'a\nb', after: 'c' }, 'conf: "a\\nb" -> c'],
  ['a long text', { path: 'data.conf', before: 'a', after: 'b'.repeat(1_000) }, `conf: a -> ${'b'.repeat(120)}…`],
  ['an item of a name with a dot', { path: 'data["app.conf"][0]', before: 1, after: 2 }, 'app.conf[0]: 1 -> 2'],
])('updating %s is told', (_title, field, line) => {
  const service = object('Service', 'web-svc')
  const change = updateChange(service, service, token, () => [field])
  expect(change?.diff).toBe(`~ Updating Service/web-svc:\n  ${line}`)
  expect(change?.fields).toEqual([field])
})

test('an update tells what is and what will be', () => {
  const live = object('Service', 'web-svc', { spec: { port: 80 } }, { uid: 'u-1' })
  const after = object('Service', 'web-svc', { spec: { port: 8080 } }, { uid: 'u-1' })
  const field = { path: 'spec.port', before: 80, after: 8080 }
  const change = updateChange(live, after, token, () => [field])
  expect(change && unifiedDiffOf(change)).toBe(unifiedDiff(live, after))
  expect(change).toEqual({
    type: 'update',
    resource: 'Service/web-svc',
    ref: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web-svc' },
    current_state: live,
    desired_state: after,
    diff: '~ Updating Service/web-svc:\n  port: 80 -> 8080',
    fields: [field],
  })
})

test('of many fields the text names the first, and how many more there are', () => {
  const service = object('Service', 'web-svc')
  const fields = Array.from({ length: 23 }, (_, at) => ({ path: `spec.f${at}`, before: 1, after: 2 }))
  const lines = updateChange(service, service, token, () => fields)?.diff.split('\n') ?? []
  expect(lines).toHaveLength(22)
  expect(lines.at(-1)).toBe('  … and 3 more fields')
})

test('the unified diff shows masked values only', () => {
  const live = object('Secret', 'shop', { data: { password: 'b2xk' } })
  const after = object('Secret', 'shop', { data: { password: 'bmV3' } })
  const masked = (value: string) => `(masked ${value.length}${value.charCodeAt(1)})`
  const field = { path: 'data.password', before: 'x', after: 'y' }
  const changes = [
    createChange(after, masked),
    updateChange(live, after, masked, () => [field]),
    deleteChange(live, masked),
  ]
  const texts = changes.map((change) => change && unifiedDiffOf(change))
  for (const text of texts) expect(text).toMatch(/[-+] {2}password: \(masked 4\d+\)\n/)
  expect(texts.join('')).not.toMatch(/b2xk|bmV3/)
})

test('fields that the server keeps for itself make no update', () => {
  const service = object('Service', 'web-svc')
  const hidden = [
    { path: 'metadata.resourceVersion', before: '1', after: '2' },
    { path: 'metadata.managedFields[0].time' },
  ]
  const shown = { path: 'spec.port', before: 80, after: 8080 }
  expect(updateChange(service, service, token, () => hidden)).toBeUndefined()
  expect(updateChange(service, service, token, () => [...hidden, shown])?.fields).toEqual([shown])
})

test('what is compared is masked already', () => {
  const live = object('Secret', 'shop', { data: { password: 'b2xk' } })
  const after = object('Secret', 'shop', { data: { password: 'bmV3' } })
  const seen: unknown[] = []
  updateChange(
    live,
    after,
    (value) => `#${value.length}`,
    (before, desired) => {
      seen.push(before['data'], desired['data'])
      return []
    },
  )
  expect(seen).toEqual([{ password: '#4' }, { password: '#4' }])
})

test('deleting is told', () => {
  const live = object('ConfigMap', 'old', { data: { a: 'b' } })
  const change = deleteChange(live, token)
  expect(unifiedDiffOf(change)).toBe(unifiedDiff(live, undefined))
  expect(change).toEqual({
    type: 'delete',
    resource: 'ConfigMap/old',
    ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'old' },
    current_state: live,
    diff: '- Deleting ConfigMap/old',
    fields: [],
  })
})

test('no state shows who manages which field', () => {
  const live = object('ConfigMap', 'web', {}, { managedFields: [{ manager: 'kubectl' }], labels: { app: 'web' } })
  const field = { path: 'data', after: {} }
  const shown = object('ConfigMap', 'web', {}, { labels: { app: 'web' } })
  expect(createChange(live, token).desired_state).toEqual(shown)
  expect(deleteChange(live, token).current_state).toEqual(shown)
  expect(updateChange(live, live, token, () => [field])).toMatchObject({ current_state: shown, desired_state: shown })
  expect(updateChange(live, live, token, () => [field])?.current_state?.metadata).not.toHaveProperty('managedFields')
})
