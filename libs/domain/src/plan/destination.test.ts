import { expect, test } from 'vitest'
import { place, scopesOfDefinitions } from './destination.ts'
import type { Manifest } from './destination.ts'
import type { KubernetesObject } from '../object/object-ref.ts'
import type { Allow } from '../workflow/settings/config.ts'

const destination = { cluster: 'default', namespace: 'shop', create_namespace: false, service_account: null }
const anything: Allow = { namespaces: null, kinds: null, cluster_scoped: true }

const kinds: Readonly<Record<string, 'namespaced' | 'cluster'>> = {
  Deployment: 'namespaced',
  ConfigMap: 'namespaced',
  Namespace: 'cluster',
  ClusterRole: 'cluster',
}
const scopeOf = ({ kind }: KubernetesObject) => kinds[kind]

let line = 0
function manifest(apiVersion: string, kind: string, name: string, metadata: object = {}): Manifest {
  line += 1
  return {
    object: { apiVersion, kind, metadata: { name, ...metadata } },
    digest: `sha256:${name}`,
    origin: `web.yaml:${line}`,
  }
}

const deployment = (name: string, metadata?: object) => manifest('apps/v1', 'Deployment', name, metadata)
const role = (name: string, metadata?: object) =>
  manifest('rbac.authorization.k8s.io/v1', 'ClusterRole', name, metadata)

function placed(manifests: readonly Manifest[], allow: Partial<Allow> = {}) {
  return place(manifests, { destination, allow: { ...anything, ...allow } }, scopeOf)
}

test.each<[string, Manifest, string | undefined]>([
  ['without a namespace', deployment('web'), 'shop'],
  ['with an empty namespace', deployment('web', { namespace: '' }), 'shop'],
  ['with a namespace that is null', deployment('web', { namespace: null }), 'shop'],
  ['with a namespace of its own', deployment('web', { namespace: 'jobs' }), 'jobs'],
  ['of the whole cluster', role('reader'), undefined],
  ['of the whole cluster with a namespace', role('reader', { namespace: 'jobs' }), undefined],
  ['of the whole cluster with an empty namespace', role('reader', { namespace: '' }), undefined],
])('an object %s goes where it belongs', (_title, given, namespace) => {
  const { manifests, faults } = placed([given])
  expect(faults).toEqual([])
  expect(manifests).toHaveLength(1)
  expect(manifests[0]?.object.metadata.namespace).toBe(namespace)
  expect('namespace' in (manifests[0]?.object.metadata ?? {})).toBe(namespace !== undefined)
})

test('placing changes nothing but the namespace', () => {
  const given = { ...deployment('web', { labels: { app: 'web' } }) }
  const { manifests } = placed([given])
  const { object } = given
  expect(manifests).toEqual([{ ...given, object: { ...object, metadata: { ...object.metadata, namespace: 'shop' } } }])
  expect(given.object.metadata.namespace).toBeUndefined()
})

test.each<[string, Manifest, Partial<Allow>, string]>([
  [
    'a foreign namespace',
    deployment('web', { namespace: 'kube-system' }),
    { namespaces: ['shop'] },
    'add kube-system to allow.namespaces',
  ],
  [
    'the destination, where it is not allowed',
    deployment('web'),
    { namespaces: ['jobs'] },
    'add shop to allow.namespaces',
  ],
  ['any namespace, where none is allowed', deployment('web'), { namespaces: [] }, 'add shop to allow.namespaces'],
  ['a foreign kind', deployment('web'), { kinds: ['ConfigMap'] }, 'add apps/Deployment to allow.kinds'],
  [
    'a foreign kind of the core group',
    manifest('v1', 'ConfigMap', 'web'),
    { kinds: ['Deployment'] },
    'add ConfigMap to allow.kinds',
  ],
  [
    'a kind of another group',
    deployment('web'),
    { kinds: ['extensions/Deployment'] },
    'add apps/Deployment to allow.kinds',
  ],
  ['any kind, where none is allowed', deployment('web'), { kinds: [] }, 'add apps/Deployment to allow.kinds'],
  ['the whole cluster', role('admin'), { cluster_scoped: false }, 'set allow.cluster_scoped'],
])('%s is refused', (_title, given, allow, remedy) => {
  const { faults } = placed([given], allow)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatchObject({ where: given.origin, try: expect.stringContaining(remedy) })
  expect(faults[0]?.what).toMatch(new RegExp(`${given.object.metadata.name} is not allowed$`))
})

test.each<[string, Manifest, Partial<Allow>]>([
  ['an allowed namespace', deployment('web'), { namespaces: ['jobs', 'shop'] }],
  ['an allowed kind', deployment('web'), { kinds: ['Deployment'] }],
  ['an allowed kind of a group', deployment('web'), { kinds: ['apps/Deployment'] }],
  ['a kind of the core group', manifest('v1', 'ConfigMap', 'web'), { kinds: ['ConfigMap'] }],
  ['an object of the whole cluster, whatever the namespaces', role('reader'), { namespaces: [] }],
  ['a namespaced object, where no other is allowed', deployment('web'), { cluster_scoped: false }],
])('%s is accepted', (_title, given, allow) => {
  expect(placed([given], allow).faults).toEqual([])
})

test('a kind that nobody knows is a fault, and the rest is placed', () => {
  const unknown = manifest('shop.example.com/v1', 'Basket', 'one')
  const { manifests, faults, unknown: told } = placed([unknown, deployment('web')])
  expect(manifests.map(({ object }) => object.kind)).toEqual(['Deployment'])
  expect(faults).toEqual([
    {
      what: 'Basket/one is of a kind that the cluster does not know',
      where: unknown.origin,
      because: expect.stringContaining('no API of the cluster serves Basket in shop.example.com/v1'),
      try: expect.stringContaining('CustomResourceDefinition'),
    },
  ])
  expect(told).toEqual([{ manifest: unknown, fault: faults[0] }])
})

test.each<[string, Manifest, Manifest]>([
  ['the same object', deployment('web'), deployment('web')],
  [
    'the same object, once with the namespace that it goes to',
    deployment('web'),
    deployment('web', { namespace: 'shop' }),
  ],
  ['the same object in two versions of its API', deployment('web'), manifest('apps/v1beta1', 'Deployment', 'web')],
  ['a cluster-scoped object in two namespaces', role('reader', { namespace: 'a' }), role('reader', { namespace: 'b' })],
])('%s is declared twice', (_title, first, second) => {
  const { manifests, faults } = placed([first, second])
  expect(manifests).toHaveLength(1)
  expect(faults).toMatchObject([{ where: second.origin, because: `${first.origin} declares it already` }])
  expect(faults[0]?.what).toMatch(/is declared twice$/)
})

test.each<[string, Manifest, Manifest]>([
  ['another name', deployment('web'), deployment('api')],
  ['another namespace', deployment('web'), deployment('web', { namespace: 'jobs' })],
  ['another group', deployment('web'), manifest('apps.example.com/v1', 'Deployment', 'web')],
  ['another kind', deployment('web'), manifest('v1', 'ConfigMap', 'web')],
])('%s is another object', (_title, first, second) => {
  expect(placed([first, second])).toMatchObject({ manifests: [{}, {}], faults: [] })
})

test('all faults are told at once', () => {
  const { faults } = placed(
    [role('admin'), deployment('web', { namespace: 'kube-system' }), manifest('x/v1', 'Y', 'z')],
    {
      namespaces: ['shop'],
      cluster_scoped: false,
    },
  )
  expect(faults).toHaveLength(3)
})

function definition(spec: unknown): KubernetesObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'baskets.shop.example.com' },
    spec,
  }
}

test('a definition of the set says the scope of its kind', () => {
  const group = 'shop.example.com'
  const scopes = scopesOfDefinitions([
    definition({ group, scope: 'Namespaced', names: { kind: 'Basket' } }),
    definition({ group, scope: 'Cluster', names: { kind: 'Till' } }),
    definition({ group, names: {} }),
    definition(undefined),
    deployment('web').object,
  ])
  expect([...scopes]).toEqual([
    ['shop.example.com/Basket', 'namespaced'],
    ['shop.example.com/Till', 'cluster'],
  ])
})
