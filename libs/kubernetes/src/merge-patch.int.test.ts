import { refOf } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply } from './apply.ts'
import { mergePatch } from './merge-patch.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('a patch changes the fields given, removes what is null, and leaves the rest', async () => {
  const { cluster, namespace } = fixture
  const metadata = { name: 'a', namespace, labels: { ours: 'yes', kept: 'yes' } }
  const { object } = await apply(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } })
  const patched = await mergePatch(cluster, refOf(object), { metadata: { labels: { ours: null, added: 'yes' } } })
  expect(patched).toMatchObject({ data: { a: '1' } })
  expect(patched.metadata.labels).toEqual({ kept: 'yes', added: 'yes' })
})

test('a patch with the state that was seen is refused when the object has changed', async () => {
  const { cluster, namespace } = fixture
  const metadata = { name: 'b', namespace }
  const { object } = await apply(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } })
  const { uid, resourceVersion } = object.metadata
  await apply(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '2' } })
  const late = mergePatch(cluster, refOf(object), { metadata: { uid, resourceVersion }, data: { a: '3' } })
  expect(await refusalOf(late)).toMatchObject({ kind: 'conflict-precondition', status: 409, retryable: false })
})
