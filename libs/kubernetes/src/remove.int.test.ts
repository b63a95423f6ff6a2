import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply } from './apply.ts'
import { get } from './get.ts'
import { remove } from './remove.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function existing(name: string, metadata: object = {}): Promise<KubernetesObject> {
  const { cluster, namespace } = fixture
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name, namespace } }
  return (await apply(cluster, object)).object
}

function seen({ metadata: { uid = '', resourceVersion = '' } }: KubernetesObject) {
  return { uid, resourceVersion }
}

test('an object is deleted when it is the one that was seen', async () => {
  const object = await existing('mine')
  expect(await remove(fixture.cluster, refOf(object), seen(object))).toBe('deleted')
  expect(await get(fixture.cluster, refOf(object))).toBe(undefined)
})

test('an object that changed since it was seen is not deleted', async () => {
  const object = await existing('changed')
  await existing('changed', { labels: { a: 'b' } })
  expect(await refusalOf(remove(fixture.cluster, refOf(object), seen(object)))).toMatchObject({
    kind: 'conflict-precondition',
    status: 409,
    retryable: false,
  })
})

test('another object by the same name is not deleted', async () => {
  const object = await existing('reborn')
  const uid = '00000000-0000-4000-8000-000000000000'
  expect(await refusalOf(remove(fixture.cluster, refOf(object), { uid }))).toMatchObject({
    kind: 'conflict-precondition',
    retryable: false,
  })
  expect(await get(fixture.cluster, refOf(object))).toBeDefined()
})

test('an object that is not there is absent, and so is one in a namespace that is not there', async () => {
  const { cluster, namespace } = fixture
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', namespace }
  expect(await remove(cluster, ref, {})).toBe('absent')
  expect(await remove(cluster, { ...ref, namespace: `${namespace}-not` }, {})).toBe('absent')
})

test('a dry run deletes nothing', async () => {
  const object = await existing('dry')
  await remove(fixture.cluster, refOf(object), { ...seen(object), dryRun: true })
  expect(await get(fixture.cluster, refOf(object))).toBeDefined()
})

test('an object that a finalizer holds is terminating', async () => {
  const object = await existing('held', { finalizers: ['example.com/hold'] })
  expect(await remove(fixture.cluster, refOf(object), seen(object))).toBe('terminating')
  await existing('held', { finalizers: [] })
})
