import { expect, test } from 'vitest'
import type { KubernetesObject } from './object-ref.ts'
import { objectToSend } from './object-to-send.ts'
import type { IgnoredField, Ownership } from './object-to-send.ts'
import type { IgnoreRule } from './object-selector.ts'

const us: Ownership = { manager: 'plimsoll', operation: 'Apply' }
const kubectl: Ownership = { manager: 'kubectl', operation: 'Update' }
const autoscaler: Ownership = { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale' }

const everything = { group: null, kind: null, namespace: null, name: null }
const pointers = (...json_pointers: string[]): IgnoreRule => ({ ...everything, json_pointers, managers: [] })
const managers = (...names: string[]): IgnoreRule => ({ ...everything, json_pointers: [], managers: names })

function deployment(fields: object, metadata: object = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    ...fields,
  }
}

/** Owners by path; a path of which nothing is said belongs to us alone. */
type Owners = Readonly<Record<string, readonly Ownership[]>>

function sent(desired: object, live: object, rules: readonly IgnoreRule[], owners: Owners = {}) {
  const { object, ignored } = objectToSend({
    desired: deployment(desired),
    live: deployment(live, { managedFields: [{ subresource: 'scale' }] }),
    rules,
    ownersOf: (path) => owners[path] ?? [us],
  })
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object
  return { rest, ignored }
}

const container = (name: string, image: string, more: object = {}) => ({ name, image, ...more })
const pod = (...containers: object[]) => ({ spec: { template: { spec: { containers } } } })
const image = (name: string) => `spec.template.spec.containers[name=${name}].image`

const byPointer = (path: string, manager: string | null = null): IgnoredField => ({ path, because: 'pointer', manager })

test.each<[string, object, object, IgnoreRule, Owners, object, readonly IgnoredField[]]>([
  [
    'a field that is ours alone goes with its live value',
    { spec: { replicas: 3, paused: true } },
    { spec: { replicas: 5, paused: false } },
    pointers('/spec/replicas'),
    {},
    { spec: { replicas: 5, paused: true } },
    [byPointer('spec.replicas')],
  ],
  [
    'a field that another owns is left out',
    { spec: { replicas: 3, paused: true } },
    { spec: { replicas: 5, paused: true } },
    pointers('/spec/replicas'),
    { 'spec.replicas': [kubectl] },
    { spec: { paused: true } },
    [byPointer('spec.replicas', 'kubectl')],
  ],
  [
    'a field that another owns with us is left out',
    { spec: { replicas: 3, paused: true } },
    { spec: { replicas: 3, paused: true } },
    pointers('/spec/replicas'),
    { 'spec.replicas': [kubectl, us] },
    { spec: { paused: true } },
    [byPointer('spec.replicas', 'kubectl')],
  ],
  [
    'a field that nobody owns is left out',
    { spec: { replicas: 3, paused: true } },
    { spec: { paused: true } },
    pointers('/spec/replicas'),
    { 'spec.replicas': [] },
    { spec: { paused: true } },
    [byPointer('spec.replicas')],
  ],
  [
    'a field that Git dropped and that is still ours is sent as it lives',
    { spec: { paused: true } },
    { spec: { replicas: 5, paused: true } },
    pointers('/spec/replicas'),
    {},
    { spec: { paused: true, replicas: 5 } },
    [byPointer('spec.replicas')],
  ],
  [
    'a field that neither Git nor we have is none of our business',
    { spec: { paused: true } },
    { spec: { replicas: 5, paused: true } },
    pointers('/spec/replicas'),
    { 'spec.replicas': [kubectl] },
    { spec: { paused: true } },
    [],
  ],
  [
    'a pointer to a map is about all below it, field by field',
    { spec: { strategy: { type: 'Recreate', note: 'a' }, paused: true } },
    { spec: { strategy: { type: 'RollingUpdate', note: 'b' }, paused: true } },
    pointers('/spec/strategy'),
    { 'spec.strategy.note': [kubectl] },
    { spec: { strategy: { type: 'RollingUpdate' }, paused: true } },
    [byPointer('spec.strategy.type'), byPointer('spec.strategy.note', 'kubectl')],
  ],
  [
    'a map that loses its last field is left out',
    { spec: { strategy: { type: 'Recreate' }, paused: true } },
    { spec: { strategy: { type: 'RollingUpdate' }, paused: true } },
    pointers('/spec/strategy/type'),
    { 'spec.strategy.type': [kubectl] },
    { spec: { paused: true } },
    [byPointer('spec.strategy.type', 'kubectl')],
  ],
  [
    'an escaped step is one name',
    { data: { 'a/b': 'git', c: 'git' } },
    { data: { 'a/b': 'live', c: 'live' } },
    pointers('/data/a~1b'),
    {},
    { data: { 'a/b': 'live', c: 'git' } },
    [byPointer('data.a/b')],
  ],
  [
    'a star in a map is a name like any other',
    { data: { '*': 'git', c: 'git' } },
    { data: { '*': 'live', c: 'live' } },
    pointers('/data/*'),
    {},
    { data: { '*': 'live', c: 'git' } },
    [byPointer('data["*"]')],
  ],
  [
    'items are counted as Git has them and paired by their name',
    pod(container('web', 'web:2'), container('log', 'log:2')),
    pod(container('proxy', 'proxy:1'), container('web', 'web:1'), container('log', 'log:1')),
    pointers('/spec/template/spec/containers/0/image'),
    {},
    pod(container('web', 'web:1'), container('log', 'log:2')),
    [byPointer(image('web'))],
  ],
  [
    'an item that Git dropped and that is still ours stays as it lives',
    pod(container('web', 'web:2')),
    pod(container('web', 'web:1'), container('log', 'log:1')),
    pointers('/spec/template/spec/containers/1'),
    {},
    pod(container('web', 'web:2'), container('log', 'log:1')),
    [byPointer(image('log'))],
  ],
  [
    'a star is every item of a list',
    pod(container('web', 'web:2'), container('log', 'log:2')),
    pod(container('log', 'log:1'), container('web', 'web:1')),
    pointers('/spec/template/spec/containers/*/image'),
    {},
    pod(container('web', 'web:1'), container('log', 'log:1')),
    [byPointer(image('web')), byPointer(image('log'))],
  ],
  [
    'an item that does not live yet is as Git has it',
    pod(container('web', 'web:2'), container('log', 'log:2')),
    pod(container('web', 'web:1')),
    pointers('/spec/template/spec/containers/*/image'),
    {},
    pod(container('web', 'web:1'), container('log', 'log:2')),
    [byPointer(image('web'))],
  ],
  [
    'within a list, what others own with us keeps its live value, as a list may have one owner as a whole',
    pod(container('web', 'web:2', { tty: true })),
    pod(container('web', 'web:1', { tty: true })),
    pointers('/spec/template/spec/containers/0/image'),
    { [image('web')]: [kubectl, us] },
    pod(container('web', 'web:1', { tty: true })),
    [byPointer(image('web'), 'kubectl')],
  ],
  [
    'an item of which only the fields are ignored stays named',
    pod(container('web', 'web:2'), container('log', 'log:2')),
    pod(container('web', 'web:1'), container('log', 'log:1')),
    pointers('/spec/template/spec/containers/1/image'),
    { [image('log')]: [kubectl] },
    pod(container('web', 'web:2'), { name: 'log' }),
    [byPointer(image('log'), 'kubectl')],
  ],
  [
    'an item of which nothing is left is left out',
    pod(container('web', 'web:2'), container('log', 'log:2')),
    pod(container('web', 'web:1'), container('log', 'log:1')),
    pointers('/spec/template/spec/containers/1'),
    { [image('log')]: [kubectl] },
    pod(container('web', 'web:2')),
    [byPointer(image('log'), 'kubectl')],
  ],
  [
    'a place in a list without keys is sent as it lives, and the others as Git has them',
    pod(container('web', 'web:1', { args: ['-v', '--size=3', '-q'] })),
    pod(container('web', 'web:1', { args: ['-x', '--size=5'] })),
    pointers('/spec/template/spec/containers/0/args/1', '/spec/template/spec/containers/0/args/2'),
    {},
    pod(container('web', 'web:1', { args: ['-v', '--size=5', '-q'] })),
    [byPointer('spec.template.spec.containers[name=web].args[1]')],
  ],
  [
    'a field of an item without a key is sent as it lives',
    { rules: [{ verbs: ['get'], resources: ['pods'] }] },
    { rules: [{ verbs: ['list'], resources: ['nodes'], extra: 1 }] },
    pointers('/rules/0/verbs', '/rules/0/extra'),
    {},
    { rules: [{ verbs: ['list'], resources: ['pods'], extra: 1 }] },
    [byPointer('rules[0]')],
  ],
  [
    'a list without keys that others own in part stays whole',
    { metadata2: { finalizers: ['ours'] } },
    { metadata2: { finalizers: ['ours', 'theirs'] } },
    pointers('/metadata2/finalizers'),
    { 'metadata2.finalizers': [us, kubectl] },
    { metadata2: { finalizers: ['ours', 'theirs'] } },
    [byPointer('metadata2.finalizers', 'kubectl')],
  ],
  [
    'an empty map is a value of its own',
    { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } },
    { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } },
    pointers('/spec/volumes'),
    {},
    { spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } },
    [byPointer('spec.volumes[name=tmp].emptyDir')],
  ],
  [
    'of a list that Git dropped, the items that are still ours stay as they live',
    { spec: { paused: true } },
    {
      spec: {
        paused: true,
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', emptyDir: {} },
        ],
      },
    },
    pointers('/spec/volumes'),
    { 'spec.volumes[name=b].emptyDir': [kubectl] },
    { spec: { paused: true, volumes: [{ name: 'a', emptyDir: {} }] } },
    [byPointer('spec.volumes[name=a].emptyDir')],
  ],
  [
    'a place that does not live is as Git has it, however deep',
    { rules: [{ verbs: ['get', 'list', 'watch'] }] },
    { rules: [{ verbs: ['delete', 'patch'] }, {}] },
    pointers('/rules/0/verbs/0', '/rules/0/verbs/2'),
    { rules: [kubectl] },
    { rules: [{ verbs: ['delete', 'list', 'watch'] }] },
    [byPointer('rules[0]', 'kubectl')],
  ],
  [
    'an empty list is a value of its own',
    { spec: { finalizers: [] } },
    { spec: { finalizers: [] } },
    pointers('/spec/finalizers'),
    {},
    { spec: { finalizers: [] } },
    [byPointer('spec.finalizers')],
  ],
  [
    'what a manager owns is left to it',
    { spec: { replicas: 3, paused: true } },
    { spec: { replicas: 5, paused: false } },
    managers('keda', 'kubectl'),
    { 'spec.replicas': [kubectl] },
    { spec: { paused: true } },
    [{ path: 'spec.replicas', because: 'manager', manager: 'kubectl' }],
  ],
  [
    'what a manager owns and Git does not have is not looked at',
    { spec: { paused: true } },
    { spec: { replicas: 5, paused: false } },
    managers('kubectl'),
    { 'spec.replicas': [kubectl] },
    { spec: { paused: true } },
    [],
  ],
  [
    'replicas that were scaled are left alone without a rule',
    { spec: { replicas: 3, paused: true } },
    { spec: { replicas: 7, paused: true } },
    managers(),
    { 'spec.replicas': [autoscaler] },
    { spec: { paused: true } },
    [{ path: 'spec.replicas', because: 'scale', manager: 'kube-controller-manager' }],
  ],
  [
    'replicas that we took back after they were scaled are ours',
    { spec: { replicas: 3 } },
    { spec: { replicas: 3 } },
    managers(),
    {},
    { spec: { replicas: 3 } },
    [],
  ],
])('%s', (_title, desired, live, rule, owners, expected, ignored) => {
  expect(sent(desired, live, [rule], owners)).toEqual({ rest: expected, ignored })
})

test('an object that no rule is about is sent as it is, and nobody is asked who owns it', () => {
  const desired = deployment({ spec: { replicas: 3 } })
  const elsewhere = { ...pointers('/spec/replicas'), kind: 'StatefulSet' }
  const asked = objectToSend({
    desired,
    live: deployment({ spec: { replicas: 5 } }),
    rules: [elsewhere, { ...pointers('/spec/replicas'), name: 'api-*' }],
    ownersOf: (path) => {
      throw new Error(`asked for ${path}`)
    },
  })
  expect(asked.object).toBe(desired)
  expect(asked.ignored).toEqual([])
})

test('a rule that hits nothing sends the very object', () => {
  const desired = deployment({ spec: { paused: true } })
  const asked = objectToSend({ desired, live: desired, rules: [pointers('/spec/replicas')], ownersOf: () => [us] })
  expect(asked.object).toBe(desired)
})

test('no rule takes away what makes an object itself, and ours', () => {
  const desired = deployment(
    { spec: { paused: true } },
    {
      labels: { app: 'web', 'plimsoll.dev/workflow': 'mark' },
      annotations: { note: 'git', 'plimsoll.dev/id': 'apps/Deployment/shop/web' },
    },
  )
  const { object } = objectToSend({
    desired,
    live: deployment({ spec: { paused: true } }, { labels: { app: 'web' } }),
    rules: [pointers('/apiVersion', '/kind', '/metadata', '/spec')],
    ownersOf: () => [kubectl],
  })
  expect(object).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { 'plimsoll.dev/workflow': 'mark' },
      annotations: { 'plimsoll.dev/id': 'apps/Deployment/shop/web' },
    },
  })
})

test('what the server keeps for itself is never sent', () => {
  const desired = deployment({ spec: { paused: true } })
  const live = deployment({ spec: { paused: false }, status: { replicas: 3 } }, { uid: 'u', managedFields: [] })
  const { object } = objectToSend({
    desired,
    live,
    rules: [pointers('/metadata', '/status', '/spec')],
    ownersOf: (path) => (path === 'spec.paused' ? [us] : []),
  })
  expect(object).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { paused: false },
  })
})

test('a name that is special to the language is a name like any other', () => {
  const data = (value: string) => JSON.parse(`{ "__proto__": "${value}", "constructor": "${value}" }`) as object
  const { rest } = sent({ data: data('git') }, { data: data('live') }, [pointers('/data/constructor')])
  expect(JSON.stringify(rest)).toBe('{"data":{"__proto__":"git","constructor":"live"}}')
  const added = { a: 'git', toString: 'git' }
  expect(sent({ data: added }, { data: { a: 'live' } }, [pointers('/data/a')]).rest).toEqual({
    data: { a: 'live', toString: 'git' },
  })
  const gone = sent({ data: { a: 'git' } }, { data: { a: 'live', valueOf: 'live' } }, [pointers('/data/a')])
  expect(gone.rest).toEqual({ data: { a: 'live' } })
  expect(Object.keys(Object.prototype)).toEqual([])
})
