import { randomBytes } from 'node:crypto'
import { identityOf, refOf, withMark } from '@plimsoll/domain'
import type { KubernetesObject, ObjectRef } from '@plimsoll/domain'
import { markKindSynced, requestKinds, upsertLiveObjects } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { kindsOf, liveObjects } from './live-objects.ts'
import type { KindRef } from './live-objects.ts'

let log: EventLog
let cluster: Cluster
let namespace: string
beforeAll(async () => {
  log = await freshLog()
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
  namespace = await freshNamespace()
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await log[Symbol.asyncDispose]()
})

function look(id: string, mark: string, kinds: readonly KindRef[], since?: Date) {
  const hash = (text: string) => text
  const signal = AbortSignal.timeout(100_000)
  const known = { log, id, cluster, mark, hash, watchedSince: async () => since, onRequested: () => {}, signal }
  return liveObjects(known, kinds)
}

function row({ kind, namespace: space = '', name }: ObjectRef, mark: string, idAnnotation: string) {
  const state = { uid: 'u', resourceVersion: '2', ownedHash: 'h', health: '', present: true }
  return { group: '', kind, namespace: space, name, mark, idAnnotation, ...state }
}

const ref = (kind: string, name: string): ObjectRef => ({ apiVersion: 'v1', kind, name, namespace })
const kinds = kindsOf([ref('ConfigMap', 'a'), ref('Secret', 'a')])

test('rows are believed of kinds that are complete only; the others are listed', async () => {
  const mark = randomBytes(8).toString('hex')
  const object: KubernetesObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'there', namespace } }
  await apply(cluster, withMark(object, mark))
  await requestKinds(log, 'a', [
    { group: '', version: 'v1', resource: 'configmaps' },
    { group: '', version: 'v1', resource: 'secrets' },
  ])
  await markKindSynced(log, 'a', { group: '', version: 'v1', resource: 'configmaps' })
  const [watched, gone] = [ref('ConfigMap', 'watched'), ref('Secret', 'gone')]
  await upsertLiveObjects(log, 'a', [
    row(watched, mark, identityOf(watched)),
    row(ref('ConfigMap', 'copy'), mark, identityOf(watched)),
    row(gone, mark, identityOf(gone)),
  ])
  const live = await look('a', mark, kinds, new Date(0))
  expect([...live.keys()].toSorted()).toEqual([watched, refOf(object)].map(identityOf).toSorted())
  expect(live.get(identityOf(watched))).toEqual({ ref: watched, uid: 'u', owned: 'h' })

  // Nobody watches, or someone who has not listed anything yet.
  for (const since of [undefined, new Date(Date.now() + 60_000)])
    expect([...(await look('a', mark, kinds, since)).keys()]).toEqual([identityOf(refOf(object))])
})

test('objects of an API version that is not served any more are found by one that is', async () => {
  const mark = randomBytes(8).toString('hex')
  const scaler: KubernetesObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace },
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  }
  await apply(cluster, withMark(scaler, mark))
  const live = await look('b', mark, [{ apiVersion: 'autoscaling/v2beta2', kind: 'HorizontalPodAutoscaler' }])
  expect([...live.keys()]).toEqual([identityOf(refOf(scaler))])
  expect(live.get(identityOf(refOf(scaler)))?.ref.apiVersion).toMatch(/^autoscaling\/v[12]$/)
})
