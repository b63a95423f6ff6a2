import { randomBytes } from 'node:crypto'
import { isMarked, refOf, withMark } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, get, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { releaseObjects } from './release-objects.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const entryOf = (object: KubernetesObject) => ({ ...refOf(object), uid: '', digest: '', owned: '' })
const options = { mayWrite: () => {}, signal: new AbortController().signal }

test('an object whose API version is not served any more is let go by one that is', async () => {
  const mark = randomBytes(8).toString('hex')
  const scaler: KubernetesObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: await freshNamespace() },
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  }
  await apply(cluster, withMark(scaler, mark))
  const old = { ...entryOf(scaler), apiVersion: 'autoscaling/v2beta2' }
  expect(await releaseObjects(cluster, mark, [old], { ...options, cascade: true })).toEqual({ deleted: 1, kept: [] })
  expect(await get(cluster, refOf(scaler))).toBeUndefined()
})

test('what is not marked as ours, of an unknown kind or not there is left alone', async () => {
  const mark = randomBytes(8).toString('hex')
  const namespace = await freshNamespace()
  const configMap = (name: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
  })
  const theirs = configMap('theirs')
  const copy = {
    ...withMark(configMap('a'), mark),
    metadata: { ...withMark(configMap('a'), mark).metadata, name: 'b' },
  }
  await apply(cluster, theirs)
  await apply(cluster, copy)
  const widget: KubernetesObject = {
    apiVersion: 'no.example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', namespace },
  }
  const entries = [theirs, copy, widget, configMap('absent')].map(entryOf)
  expect(await releaseObjects(cluster, mark, entries, { ...options, cascade: true })).toEqual({ deleted: 0, kept: [] })
  expect(await get(cluster, refOf(theirs))).toBeDefined()
  expect(await get(cluster, refOf(copy))).toBeDefined()
})

test('what its annotations keep stays, without our mark', async () => {
  const mark = randomBytes(8).toString('hex')
  const namespace = await freshNamespace()
  const kept = [
    'plimsoll.dev/prune=disabled',
    'argocd.argoproj.io/sync-options=Delete=false',
    'helm.sh/resource-policy=keep',
  ]
  const objects = ['', ...kept].map((wish, index): KubernetesObject => {
    const [key = '', ...value] = wish.split('=')
    const annotations = wish === '' ? {} : { [key]: value.join('=') }
    return withMark(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c-${index}`, namespace, annotations } },
      mark,
    )
  })
  for (const object of objects) await apply(cluster, object)
  const released = await releaseObjects(cluster, mark, objects.map(entryOf), { ...options, cascade: true })
  expect(released.deleted).toBe(1)
  expect(released.kept).toHaveLength(kept.length)
  const left = await Promise.all(objects.map((object) => get(cluster, refOf(object))))
  expect(left.map((object) => object && isMarked(object, mark))).toEqual([undefined, false, false, false])
})
