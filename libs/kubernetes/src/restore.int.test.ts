import type { KubernetesObject } from '@plimsoll/domain'
import { refOf } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestCluster } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'
import { apply } from './apply.ts'
import { get } from './get.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { managedFieldsOf } from './managed-fields.ts'
import { mergePatch } from './merge-patch.ts'
import { ownersOf } from './owners-of.ts'
import { request } from './request.ts'
import { remove } from './remove.ts'
import { ownersAfter, recreationOf, restorationOf } from './restore.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const us = 'plimsoll'
const configMap = (name: string, data: Readonly<Record<string, string>>, labels = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: fixture.namespace, labels },
  data,
})
const deployment = (name: string, image: string, more: object = {}, replicas?: number): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: fixture.namespace },
  spec: {
    ...(replicas !== undefined && { replicas }),
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }], ...more }] },
    },
  },
})

const applied = async (object: KubernetesObject, fieldManager = us, force = false) =>
  (await apply(fixture.cluster, object, { fieldManager, force })).object
const seen = async (object: KubernetesObject): Promise<KubernetesObject> => {
  const live = await get(fixture.cluster, refOf(object))
  if (live === undefined) throw new Error('it is gone')
  return live
}
const scale = (name: string, replicas: number) =>
  request(fixture.cluster.connection, {
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${fixture.namespace}/deployments/${name}/scale?fieldManager=autoscaler`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ spec: { replicas } }),
  })

/** What a rollback does to one object. */
async function restore(before: KubernetesObject): Promise<KubernetesObject> {
  const restoration = restorationOf(before, await seen(before), us)
  if (!restoration.isNeeded) return seen(before)
  let after = await applied(restoration.object)
  for (;;) {
    const managedFields = ownersAfter(before, after, restoration, us)
    if (managedFields === undefined) return after
    const { uid, resourceVersion } = after.metadata
    try {
      return await mergePatch(fixture.cluster, refOf(after), { metadata: { uid, resourceVersion, managedFields } })
    } catch (error) {
      // Its controller was faster.
      if (!(error instanceof KubernetesError) || error.kind !== 'conflict-precondition') throw error
      after = await seen(before)
    }
  }
}

/** All that is said of an object, but by the server itself. */
function content({ status: _status, metadata, ...rest }: KubernetesObject): object {
  const { labels, annotations, name } = metadata
  return { ...rest, name, labels, annotations: { ...annotations, 'deployment.kubernetes.io/revision': undefined } }
}

const owners = (object: KubernetesObject, path: string) => ownersOf(object, path).map(({ manager }) => manager)

test('our fields are put back, what we added goes, and what others said meanwhile stays', async () => {
  const before = await applied(deployment('web', 'web:1', {}, 2))
  await applied(deployment('web', 'broken:2', { env: [{ name: 'A', value: '1' }], args: ['x'] }, 2))
  await mergePatch(fixture.cluster, refOf(before), { metadata: { annotations: { note: 'theirs' } } })
  await scale('web', 5)
  const after = await restore(before)
  expect(content(after)).toEqual({
    ...content(before),
    spec: { ...(before['spec'] as object), replicas: 5 },
    annotations: expect.objectContaining({ note: 'theirs' }),
  })
  expect(owners(after, 'spec.replicas')).toEqual(['autoscaler'])
  expect(restorationOf(before, after, us).isNeeded).toBe(false)
})

test('a field that we dropped comes back with the value that it had', async () => {
  const before = await applied(configMap('dropped', { x: '1', y: '1' }, { team: 'shop' }))
  await applied(configMap('dropped', { x: '2' }))
  const after = await restore(before)
  expect(content(after)).toEqual(content(before))
  expect(owners(after, 'data.y')).toEqual([us])
})

test('a field that was taken back from someone has their value and their name again', async () => {
  await applied(configMap('drifted', { x: 'ours', y: '1' }))
  await applied(configMap('drifted', { x: 'theirs' }), 'kubectl', true)
  const before = await seen(configMap('drifted', {}))
  await applied(configMap('drifted', { x: 'ours', y: '2' }), us, true)
  const after = await restore(before)
  expect(content(after)).toEqual(content(before))
  expect(owners(after, 'data.x')).toEqual(['kubectl'])
  expect(owners(after, 'data.y')).toEqual([us])
})

test('an object that was taken over is as it was, and nothing of it is ours', async () => {
  const before = await applied(deployment('theirs', 'web:1', {}, 3), 'kubectl')
  await applied(deployment('theirs', 'web:2', { env: [{ name: 'A', value: '1' }] }, 1), us, true)
  const after = await restore(before)
  expect(content(after)).toEqual(content(before))
  expect(owners(after, 'spec.replicas')).toEqual(['kubectl'])
  expect(owners(after, 'spec.template.spec.containers[name=web].image')).toEqual(['kubectl'])
  expect(managedFieldsOf(after).some(({ manager }) => manager === us)).toBe(false)
})

test('an object without a record of owners is put back by value', async () => {
  const made = await applied(configMap('bare', { x: 'theirs' }), 'kubectl')
  const before = await mergePatch(fixture.cluster, refOf(made), { metadata: { managedFields: [{}] } })
  expect(managedFieldsOf(before)).toEqual([])
  await applied(configMap('bare', { x: 'ours', y: 'ours' }), us, true)
  expect(content(await restore(before))).toEqual(content(before))
})

test('what someone else has changed since is refused by the server, not overwritten', async () => {
  const before = await applied(configMap('changed', { x: '1' }))
  await applied(configMap('changed', { x: '2' }))
  await applied(configMap('changed', { x: '3' }), 'kubectl', true)
  await expect(restore(before)).rejects.toMatchObject({ kind: 'conflict-fields', conflicts: [{ manager: 'kubectl' }] })
})

test('what is gone is made anew with our fields, and with the replicas that an autoscaler said', async () => {
  const first = await applied(deployment('gone', 'web:1'))
  await scale('gone', 4)
  const before = await seen(first)
  await remove(fixture.cluster, refOf(first), {})
  const recreation = recreationOf(before, us)
  expect(recreation).toEqual({
    ...deployment('gone', 'web:1'),
    spec: { ...(recreation['spec'] as object), replicas: 4 },
  })
})
