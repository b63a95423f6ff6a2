import { withMark } from '@plimsoll/domain'
import type { Conflict } from '@plimsoll/domain'
import { KubernetesError } from '@plimsoll/kubernetes'
import { expect, test } from 'vitest'
import { alreadyExists, conflictFault, refused } from './conflict.ts'
import type { Teller } from './conflict.ts'
import { notOurFields, takenFields } from './field-conflict.ts'

const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' }

function teller(resolution: 'fail' | 'take' = 'fail'): Teller {
  return {
    config: { id: 'shop-web', sync_policy: { conflict_resolution: resolution } },
    token: (value) => `(masked ${value.length})`,
    workflowOf: async (mark) => (mark === 'known' ? { id: 'other-workflow', name: 'other-workflow' } : undefined),
  }
}

function conflictOver(...fields: readonly (readonly [manager: string, field: string])[]): KubernetesError {
  const conflicts = fields.map(([manager, field]) => ({ manager, field }))
  return new KubernetesError({ kind: 'conflict-fields', message: 'Apply failed', retryable: false, ref, conflicts })
}

const owned = (manager: string, time: string, spec: object, operation = 'Update') => ({
  manager,
  operation,
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': spec },
})

test('an object of others is named with who made it, when, and both ways out', async () => {
  const managedFields = [owned('helm', '2026-01-02T00:00:00Z', { 'f:replicas': {} })]
  const live = { ...object, metadata: { ...object.metadata, creationTimestamp: '2026-01-01T00:00:00Z', managedFields } }
  const conflict = await alreadyExists(teller(), object, live)
  expect(conflict).toMatchObject({ type: 'resource_exists', resource: 'Deployment/web', ref, blocking: true })
  expect(conflict).toMatchObject({ manager: 'helm', time: '2026-01-01T00:00:00Z' })
  expect(conflict.current_state?.metadata).not.toHaveProperty('managedFields')
  expect(conflict.description).toBe('Deployment shop/web lives already and does not belong to this workflow')
  expect(conflict.suggestions).toEqual([
    'remove it from the cluster, `kubectl delete deployment web --namespace=shop`, or from the repository',
    'take it over as Git declares it: `plimsoll workflow update shop-web --conflict-resolution take`',
  ])
  expect(conflictFault(conflict)).toEqual({
    what: 'Deployment/web cannot be taken over',
    where: 'Deployment shop/web',
    because: conflict.description,
    try: conflict.suggestions.join('; or '),
  })
})

test.each([
  ['known', 'belongs to the workflow other-workflow'],
  ['stranger', 'carries the mark of another workflow, which this installation does not know'],
])('an object with the mark %s %s', async (mark, text) => {
  const live = { ...object, metadata: { ...object.metadata, labels: { 'plimsoll.dev/workflow': mark } } }
  expect((await alreadyExists(teller(), object, live)).description).toBe(
    `Deployment shop/web lives already and ${text}`,
  )
})

test('an object of another workflow is not taken from it, whatever the policy, and may be handed over', async () => {
  const live = withMark(object, 'known')
  for (const resolution of ['fail', 'take'] as const) {
    const conflict = await alreadyExists(teller(resolution), object, live)
    expect(conflict).toMatchObject({
      type: 'resource_exists',
      blocking: true,
      description: 'Deployment shop/web lives already and belongs to the workflow other-workflow',
    })
    expect(conflict.suggestions).toEqual([
      'leave it to other-workflow: remove it from what this workflow declares',
      'hand it over: take it out of what other-workflow declares, with auto_prune off, then ' +
        '`kubectl label deployment web --namespace=shop plimsoll.dev/workflow-`, ' +
        'and let this workflow take it with --conflict-resolution take',
    ])
  }
})

test('a workflow with a name for people is told by both', async () => {
  const named: Teller = { ...teller(), workflowOf: async () => ({ id: 'shop-db', name: 'Shop database' }) }
  expect((await alreadyExists(named, object, withMark(object, 'known'))).description).toContain(
    'belongs to the workflow shop-db ("Shop database")',
  )
})

test('a copy of an object of another workflow belongs to nobody, and may be taken', async () => {
  const copy = { ...object, metadata: { ...withMark(object, 'known').metadata, name: 'copy' } }
  expect(await alreadyExists(teller('take'), object, copy)).toMatchObject({ blocking: false })
})

test('where the policy is to take, an object of others is told and does not block', async () => {
  expect(await alreadyExists(teller('take'), object, object)).toMatchObject({ blocking: false })
})

test.each([
  ['.spec.replicas of Deployment shop/web belongs to hpa', [['hpa', '.spec.replicas']]],
  [
    '.spec.replicas, .spec.paused of Deployment shop/web belong to hpa, kubectl',
    [
      ['hpa', '.spec.replicas'],
      ['kubectl', '.spec.paused'],
    ],
  ],
  [
    '.spec.replicas, .spec.paused of Deployment shop/web belong to kubectl',
    [
      ['kubectl', '.spec.replicas'],
      ['kubectl', '.spec.paused'],
    ],
  ],
] as const)('%s', (description, fields) => {
  expect(notOurFields(teller(), object, object, conflictOver(...fields))).toMatchObject({
    type: 'out_of_sync',
    blocking: true,
    ref,
    description,
  })
})

test('fields of others are told with when they were written, and a rule that leaves them', () => {
  const managedFields = [
    owned('hpa', '2026-01-02T00:00:00Z', { 'f:replicas': {} }),
    owned('hpa', '2026-01-09T00:00:00Z', { 'f:other': {} }),
  ]
  const declared = { ...object, spec: { replicas: 3 } }
  const live = { ...object, metadata: { ...object.metadata, managedFields }, spec: { replicas: 5 } }
  const conflict = notOurFields(teller(), declared, live, conflictOver(['hpa', '.spec.replicas']))
  expect(conflict).toMatchObject({
    manager: 'hpa',
    time: '2026-01-02T00:00:00Z',
    current_state: { spec: { replicas: 5 } },
    desired_state: { spec: { replicas: 3 } },
  })
  expect(conflict.suggestions[1]).toBe(
    'keep them in Git and leave them to their owner: set `ignore: [{"kind":"Deployment","name":"web","json_pointers":["/spec/replicas"]}]`',
  )
})

const drift = { path: 'spec.replicas', before: 5, after: 3 }
const driftedLive = {
  ...object,
  metadata: {
    ...object.metadata,
    managedFields: [
      owned('kubectl', '2026-01-02T00:00:00Z', { 'f:replicas': {} }),
      owned('plimsoll', '2026-01-01T00:00:00Z', { 'f:paused': {} }, 'Apply'),
    ],
  },
  spec: { replicas: 5, paused: true },
}
const declared = { ...object, spec: { replicas: 3, paused: false } }

test.each<[string, Partial<Conflict>, object | undefined]>([
  [
    'what was ours is taken back',
    {
      description: 'spec.replicas of Deployment shop/web was changed outside of Git by kubectl; the sync takes it back',
    },
    declared,
  ],
  [
    'what never was ours is taken over',
    {
      description:
        'spec.replicas of Deployment shop/web was written by kubectl; the sync takes it over, as conflict_resolution is take',
    },
    undefined,
  ],
])('%s, and told with who changed it and when', (_what, expected, last) => {
  const told = takenFields(teller(), declared, driftedLive, [drift], last as typeof declared | undefined)
  expect(told).toMatchObject({
    ...expected,
    type: 'out_of_sync',
    blocking: false,
    manager: 'kubectl',
    time: '2026-01-02T00:00:00Z',
    current_state: { spec: { replicas: 5 } },
    desired_state: { spec: { replicas: 3 } },
  })
})

test.each([
  ['a field that is still ours', { path: 'spec.paused', before: true, after: false }],
  ['a field that nobody had', { path: 'spec.minReadySeconds', after: 3 }],
  ['what the server changes', { path: 'spec.replicas', before: 5, after: 3, server: true as const }],
])('%s is no drift', (_what, field) => {
  expect(takenFields(teller(), declared, driftedLive, [field], declared)).toBeUndefined()
})

test('a refusal tells what the API server says and what can be done', () => {
  const error = new KubernetesError({ kind: 'quota', message: 'exceeded quota: small', retryable: false, ref })
  expect(conflictFault(refused(teller(), object, error))).toEqual({
    what: 'Deployment/web is refused by the cluster',
    where: 'Deployment shop/web',
    because: 'exceeded quota: small',
    try: 'raise the quota of the namespace, or ask for less',
  })
})

test.each([
  { kind: 'invalid', message: 'spec.replicas: Invalid value: -1', lasting: true },
  { kind: 'unknown-field', message: '.spec.replica: field not declared in schema', lasting: true },
  { kind: 'immutable', message: 'spec.selector: field is immutable', lasting: true },
  { kind: 'too-large', message: 'etcdserver: request is too large', lasting: true },
  { kind: 'invalid', message: 'spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated' },
  { kind: 'namespace-missing', message: 'namespaces "shop" not found' },
  { kind: 'unknown-kind', message: 'the server could not find the requested resource' },
  { kind: 'quota', message: 'exceeded quota: small' },
  { kind: 'admission', message: 'admission webhook "a" denied the request' },
] as const)('of what is refused as $kind, $message, it is told whether it lasts', ({ kind, message, ...rest }) => {
  const { lasting = false } = refused(teller(), object, new KubernetesError({ kind, message, retryable: false, ref }))
  expect(lasting).toBe('lasting' in rest)
})
