import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply } from './apply.ts'
import { openCluster } from './cluster.ts'
import { get } from './get.ts'
import { remove } from './remove.ts'
import { waitEstablished } from './wait-established.ts'
import { customDefinition } from '../test/custom-definition.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster, testKubeconfig } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

function configMap(name: string, data: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: fixture.namespace }, data }
}

function seen({ metadata: { uid = '', resourceVersion = '' } }: KubernetesObject) {
  return { uid, resourceVersion }
}

test('an apply says whether it created the object', async () => {
  const first = await apply(fixture.cluster, configMap('created', { a: '1' }))
  const second = await apply(fixture.cluster, configMap('created', { a: '2' }))
  expect(first.created).toBe(true)
  expect(second.created).toBe(false)
  expect(second.object['data']).toEqual({ a: '2' })
})

test('a create is refused when the object exists already, also with force', async () => {
  const { cluster } = fixture
  await apply(cluster, configMap('exists', { a: '1' }), { precondition: { create: true } })
  for (const force of [false, true]) {
    const again = apply(cluster, configMap('exists', { a: '2' }), { precondition: { create: true }, force })
    expect(await refusalOf(again)).toMatchObject({ kind: 'conflict-precondition', status: 409, retryable: false })
  }
})

test('an update is refused when the object has changed since it was seen, also with force', async () => {
  const { cluster } = fixture
  const { object } = await apply(cluster, configMap('stale', { a: '1' }), { precondition: { create: true } })
  await apply(cluster, configMap('stale', { a: '2' }), { precondition: seen(object) })
  for (const force of [false, true]) {
    const late = apply(cluster, configMap('stale', { a: '3' }), { precondition: seen(object), force })
    expect(await refusalOf(late)).toMatchObject({ kind: 'conflict-precondition', retryable: false })
  }
})

test('an update is refused when the object is another one by the same name', async () => {
  const { cluster } = fixture
  const { object } = await apply(cluster, configMap('reborn', { a: '1' }))
  const other = { ...seen(object), uid: '00000000-0000-4000-8000-000000000000' }
  const wrong = apply(cluster, configMap('reborn', { a: '2' }), { precondition: other, force: true })
  expect(await refusalOf(wrong)).toMatchObject({ kind: 'conflict-precondition', retryable: false })
})

test('an update is refused when the object is gone', async () => {
  const { cluster } = fixture
  const precondition = { uid: '00000000-0000-4000-8000-000000000000', resourceVersion: '7' }
  const gone = apply(cluster, configMap('gone', { a: '2' }), { precondition })
  expect(await refusalOf(gone)).toMatchObject({ kind: 'conflict-precondition', retryable: false })
  expect(await get(cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace: fixture.namespace, name: 'gone' })).toBe(
    undefined,
  )
})

test('a dry run answers what would be and changes nothing', async () => {
  const { cluster, namespace } = fixture
  const dry = await apply(cluster, configMap('dry', { a: '1' }), { dryRun: true })
  expect(dry).toMatchObject({ created: true, object: { data: { a: '1' } } })
  expect(await get(cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'dry' })).toBe(undefined)
})

test('a conflict names the other manager and its fields, and force takes them', async () => {
  const { cluster } = fixture
  await apply(cluster, configMap('shared', { a: '1', b: '1' }), { fieldManager: 'someone "else"' })
  const error = await refusalOf(apply(cluster, configMap('shared', { a: '2', b: '2' })))
  expect(error).toMatchObject({ kind: 'conflict-fields', retryable: false })
  expect(error.conflicts).toEqual([
    { manager: 'someone "else"', field: '.data.a' },
    { manager: 'someone "else"', field: '.data.b' },
  ])
  const taken = await apply(cluster, configMap('shared', { a: '2', b: '2' }), { force: true })
  expect(taken.object['data']).toEqual({ a: '2', b: '2' })
})

test('an unknown field is final, although the server answers 500', async () => {
  const object = { ...configMap('typo', {}), dta: { a: '1' } }
  expect(await refusalOf(apply(fixture.cluster, object))).toMatchObject({
    kind: 'unknown-field',
    status: 500,
    retryable: false,
    message: expect.stringContaining('.dta: field not declared in schema'),
  })
})

test('an unknown field of a kind that a definition brought is refused too', async () => {
  const { cluster, namespace } = fixture
  const ship = customDefinition()
  const { object: definition } = await apply(cluster, ship.definition)
  await waitEstablished(cluster, [definition], { timeoutMs: 100_000 })
  const object = {
    apiVersion: ship.apiVersion,
    kind: ship.kind,
    metadata: { name: 'typo', namespace },
    spek: { tons: 1 },
  }
  expect(await refusalOf(apply(cluster, object, { dryRun: true }))).toMatchObject({
    kind: 'unknown-field',
    retryable: false,
    message: expect.stringContaining('.spek: field not declared in schema'),
  })
  await remove(cluster, refOf(ship.definition), {})
})

test('a value of the wrong type is final, although the server answers 500', async () => {
  const object = configMap('type', { a: { not: 'a string' } })
  expect(await refusalOf(apply(fixture.cluster, object))).toMatchObject({
    kind: 'invalid',
    status: 500,
    retryable: false,
  })
})

test('a value that the kind does not allow is invalid', async () => {
  const service = {
    ...configMap('port', {}),
    kind: 'Service',
    data: undefined,
    spec: { ports: [{ port: 99_999 }] },
  }
  expect(await refusalOf(apply(fixture.cluster, service))).toMatchObject({
    kind: 'invalid',
    status: 422,
    retryable: false,
  })
})

test('a change of an immutable field is told apart from other invalid values', async () => {
  const { cluster, namespace } = fixture
  const job = (image: string): KubernetesObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once', namespace },
    spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image }] } } },
  })
  await apply(cluster, job('a'))
  const changed = { ...job('a'), spec: { ...(job('a')['spec'] as object), completionMode: 'Indexed', completions: 2 } }
  expect(await refusalOf(apply(cluster, changed))).toMatchObject({ kind: 'immutable', status: 422, retryable: false })
})

test('a missing namespace is told apart from a missing object', async () => {
  const object: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: `${fixture.namespace}-not` },
  }
  expect(await refusalOf(apply(fixture.cluster, object))).toMatchObject({
    kind: 'namespace-missing',
    status: 404,
    retryable: false,
  })
})

test('a kind that the cluster does not know is named', async () => {
  const object: KubernetesObject = { ...configMap('a', {}), apiVersion: 'example.com/v1', kind: 'Spaceship' }
  const error = await refusalOf(apply(fixture.cluster, object))
  expect(error).toMatchObject({ kind: 'unknown-kind', retryable: false })
  expect(error.message).toContain('Spaceship in example.com/v1')
})

test('a user without the right is forbidden, and told which right', async () => {
  await using cluster = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
  const error = await refusalOf(apply(cluster, configMap('denied', {})))
  expect(error).toMatchObject({ kind: 'forbidden', status: 403, retryable: false })
  expect(error.message).toContain('cannot patch resource "configmaps"')
})

test('errors about a Secret do not show its values', async () => {
  const { cluster } = fixture
  const secret = (fields: object): KubernetesObject => ({
    ...configMap('secret', {}),
    data: undefined,
    kind: 'Secret',
    ...fields,
  })
  const numberValue = await refusalOf(apply(cluster, secret({ stringData: { pin: 31_337 } })))
  expect(numberValue.kind).toBe('invalid')
  expect(numberValue.message).toContain('.stringData.pin')
  expect(numberValue.message).not.toContain('31337')
  const badValue = { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'hunter2 is no JSON' } }
  const noJson = await refusalOf(apply(cluster, secret(badValue)))
  expect(noJson.message).toContain('data[.dockerconfigjson]')
  expect(noJson.message).not.toMatch(/hunter2|'h'/)
})

test('a deprecated API version is warned of', async () => {
  const endpoints: KubernetesObject = { ...configMap('old', {}), kind: 'Endpoints', data: undefined }
  const { warnings } = await apply(fixture.cluster, endpoints)
  expect(warnings).toEqual([expect.stringContaining('Endpoints is deprecated')])
})

test('an aborted signal ends the call with its reason', async () => {
  const reason = new Error('the lease ends')
  const call = apply(fixture.cluster, configMap('aborted', {}), { signal: AbortSignal.abort(reason) })
  await expect(call).rejects.toBe(reason)
})

test('a thousand applies share one connection', async () => {
  const { cluster } = fixture
  const names = Array.from({ length: 1000 }, (_, index) => `bulk-${index}`)
  const workers = Array.from({ length: 16 }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await apply(cluster, configMap(name, { name }))
  })
  await Promise.all(workers)
  expect(cluster.connection.sockets()).toBe(1)
})
