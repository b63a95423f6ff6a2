import { createHash } from 'node:crypto'
import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply } from './apply.ts'
import { diffFields } from './diff-fields.ts'
import { get } from './get.ts'
import { mergePatch } from './merge-patch.ts'
import { ownedFields, ownedHash } from './owned-fields.ts'
import { ownersOf } from './owners-of.ts'
import { openTestCluster } from '../test/test-cluster.ts'
import { request } from './request.ts'
import type { TestCluster } from '../test/test-cluster.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const owned = (object: KubernetesObject) => ownedHash(object, 'plimsoll', hash)

function deployment(name: string): KubernetesObject {
  const labels = { app: name }
  const containers = [
    {
      name: 'web',
      image: 'web:1',
      args: ['--port', '80'],
      env: [{ name: 'A', value: '1' }],
      ports: [{ containerPort: 80, name: 'http' }],
      resources: { limits: { memory: '64Mi' } },
      emptyList: undefined,
    },
    { name: 'side', image: 'side:1' },
  ]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: fixture.namespace,
      labels,
      finalizers: ['example.com/a'],
      annotations: { 'a.b/c': 'd' },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, volumes: [{ name: 'tmp', emptyDir: {} }] } },
    },
  }
}

/** What others do to an object, as kubectl would. */
async function patch(
  object: KubernetesObject,
  body: object,
  manager = 'kubectl-edit',
  path = '',
): Promise<KubernetesObject> {
  const { name, namespace } = object.metadata
  await request(fixture.cluster.connection, {
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}${path}?fieldManager=${manager}`,
    body: JSON.stringify(body),
    contentType: 'application/merge-patch+json',
  })
  const live = await get(fixture.cluster, refOf(object))
  if (!live) throw new Error('the object is gone')
  return live
}

async function release(object: KubernetesObject): Promise<void> {
  await patch(object, { metadata: { finalizers: null } }, 'test')
}

test('what was applied is owned, and what the server added is not', async () => {
  const wanted = deployment('exact')
  const { object } = await apply(fixture.cluster, wanted)
  const { metadata, spec } = ownedFields(object, 'plimsoll')
  const { labels, finalizers, annotations } = wanted.metadata
  expect(
    diffFields({ metadata: { labels, finalizers, annotations }, spec: wanted['spec'] }, { metadata, spec }),
  ).toEqual([])
  await release(object)
})

test('a second look at an object that nobody touched gives the same digest, also from a dry run', async () => {
  const wanted = deployment('same')
  const { object } = await apply(fixture.cluster, wanted)
  const dry = await apply(fixture.cluster, wanted, { dryRun: true })
  const live = await get(fixture.cluster, refOf(wanted))
  expect(owned(dry.object)).toBe(owned(object))
  expect(live && owned(live)).toBe(owned(object))
  await release(object)
})

test('what others add beside our fields does not change the digest', async () => {
  const { object } = await apply(fixture.cluster, deployment('beside'))
  const live = await patch(object, { metadata: { annotations: { other: 'x' }, labels: { other: 'y' } } })
  expect(owned(live)).toBe(owned(object))
  await release(object)
})

test('a field of ours that someone changes or removes changes the digest', async () => {
  const { object } = await apply(fixture.cluster, deployment('drift'))
  const changed = await patch(object, { metadata: { annotations: { 'a.b/c': 'other' } } })
  expect(owned(changed)).not.toBe(owned(object))
  const back = await apply(fixture.cluster, deployment('drift'), { force: true })
  expect(owned(back.object)).toBe(owned(object))
  const removed = await patch(object, { metadata: { annotations: { 'a.b/c': null } } })
  expect(owned(removed)).not.toBe(owned(object))
  await release(object)
})

test('the owner of a drifted field is named with the time', async () => {
  const { object } = await apply(fixture.cluster, deployment('owner'))
  const container = { name: 'web', image: 'web:hotfix' }
  await request(fixture.cluster.connection, {
    method: 'PATCH',
    path: `/apis/apps/v1/namespaces/${fixture.namespace}/deployments/owner?fieldManager=kubectl-set`,
    body: JSON.stringify({ spec: { template: { spec: { containers: [container] } } } }),
    contentType: 'application/strategic-merge-patch+json',
  })
  const live = await get(fixture.cluster, refOf(object))
  if (!live) throw new Error('the object is gone')
  const change = diffFields(object['spec'], live['spec'])
  expect(change).toEqual([{ path: 'template.spec.containers[name=web].image', before: 'web:1', after: 'web:hotfix' }])
  const path = `spec.${change[0]?.path}`
  expect(ownersOf(live, path)).toEqual([{ manager: 'kubectl-set', operation: 'Update', time: expect.any(String) }])
  expect(ownersOf(live, 'spec.template.spec.containers[name=side].image')).toMatchObject([{ manager: 'plimsoll' }])
  expect(ownersOf(live, 'metadata.annotations["a.b/c"]')).toMatchObject([{ manager: 'plimsoll', operation: 'Apply' }])
  expect(ownersOf(live, 'spec.template.spec.containers[name=web].args[1]')).toMatchObject([{ manager: 'plimsoll' }])
  expect(ownersOf(live, 'spec.strategy')).toEqual([])
  await release(object)
})

test('replicas that were last written through the scale subresource do not count as ours', async () => {
  const { object } = await apply(fixture.cluster, deployment('scaled'))
  const scaledUp = await patch(object, { spec: { replicas: 3 } }, 'autoscaler', '/scale')
  const scaledDown = await patch(object, { spec: { replicas: 2 } }, 'autoscaler', '/scale')
  expect(scaledDown['spec']).toMatchObject({ replicas: 2 })
  expect(owned(scaledDown)).toBe(owned(scaledUp))
  expect(ownedFields(scaledUp, 'plimsoll')['spec']).not.toHaveProperty('replicas')
  // Sent along with its live value, the field has two owners.
  const spec = { ...(deployment('scaled')['spec'] as object), replicas: 2 }
  const shared = (await apply(fixture.cluster, { ...deployment('scaled'), spec })).object
  expect(
    ownersOf(shared, 'spec.replicas')
      .map(({ manager }) => manager)
      .sort(),
  ).toEqual(['autoscaler', 'plimsoll'])
  expect(owned(shared)).toBe(owned(scaledUp))
  await release(object)
})

test('what the same manager changed by other means than an apply is not owned', async () => {
  const { object } = await apply(fixture.cluster, deployment('patched'))
  await mergePatch(fixture.cluster, refOf(object), { metadata: { annotations: { 'example.com/note': 'x' } } })
  const live = await get(fixture.cluster, refOf(object))
  expect(live && ownersOf(live, 'metadata.annotations["example.com/note"]')).toMatchObject([{ manager: 'plimsoll' }])
  expect(live && owned(live)).toBe(owned(object))
  await release(object)
})

test('a manager that applied nothing owns nothing', async () => {
  const { object } = await apply(fixture.cluster, deployment('foreign'), { fieldManager: 'helm' })
  expect(ownedFields(object, 'plimsoll')).toEqual({})
  await release(object)
})
