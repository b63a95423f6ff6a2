import { randomBytes } from 'node:crypto'
import { identityOf, refOf, withMark, workflowConfig } from '@plimsoll/domain'
import type { InventoryEntry, KubernetesObject, WorkflowRequest } from '@plimsoll/domain'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, get, openCluster, ownedHash } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { conflictFault } from '../objects/conflict.ts'
import type { LiveObjects } from '../cluster/live-objects.ts'
import type { Planner } from '../objects/candidate.ts'
import { planSync } from './plan-sync.ts'
import type { Facts, SyncPlan } from './plan-sync.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const mark = randomBytes(8).toString('hex')
const hash = (text: string) => `digest of ${text}`

function plan(facts: Partial<Facts>, request: Partial<WorkflowRequest> = {}): Promise<SyncPlan> {
  const config = workflowConfig({ id: 'w', repository: 'r', ...request })
  if (!config.ok) throw new Error('no config')
  const token = (value: string) => `(masked ${value.length})`
  const planner: Planner = {
    cluster,
    config: config.value,
    mark,
    token,
    hash,
    workflowOf: async () => undefined,
    isPreview: true,
    signal: AbortSignal.timeout(100_000),
  }
  const nothing: Facts = {
    desired: [],
    unplaced: [],
    inventory: { entries: [] },
    live: new Map(),
    previous: async () => undefined,
  }
  return planSync(planner, { ...nothing, ...facts })
}

function object(kind: string, name: string, namespace: string, rest: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace }, ...rest }
}

const manifest = (body: KubernetesObject) => ({
  object: body,
  digest: `git ${JSON.stringify(body)}`,
  origin: 'a.yaml:1',
})

/** Applies an object as a sync would, and answers how it stands in the inventory. */
async function applied(body: KubernetesObject): Promise<InventoryEntry> {
  const { object: live } = await apply(cluster, withMark(body, mark))
  const owned = ownedHash(live, 'plimsoll', hash)
  return { ...refOf(body), uid: live.metadata.uid ?? '', digest: manifest(body).digest, owned }
}

function liveOf(entries: readonly InventoryEntry[]): LiveObjects {
  return new Map(
    entries.map(({ apiVersion, kind, name, namespace, uid, owned }) => {
      const ref = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
      return [identityOf(ref), { ref, uid, owned }]
    }),
  )
}

test('no value of a Secret is in what people read of a plan', async () => {
  const canary = `canary-${randomBytes(8).toString('hex')}`
  const encoded = Buffer.from(canary).toString('base64')
  const namespace = await freshNamespace()
  const secret = (name: string, rest: object) => object('Secret', name, namespace, rest)
  const kept = [
    secret('updated', { stringData: { password: 'old' } }),
    secret('rebuilt', { type: 'Opaque', data: { password: encoded } }),
    secret('pruned', { data: { password: encoded } }),
  ]
  const entries = await Promise.all(kept.map(applied))
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { password: encoded } }),
  }
  const theirs = secret('theirs', { data: { password: encoded } })
  await apply(cluster, { ...theirs, metadata: { ...theirs.metadata, annotations } }, { fieldManager: 'kubectl' })
  const desired = [
    secret('created', { stringData: { password: canary } }),
    secret('updated', { stringData: { password: canary } }),
    secret('rebuilt', { type: canary, data: { password: encoded } }),
    secret('theirs', { stringData: { password: canary } }),
    secret('misspelt', { stringDatas: { password: canary } }),
    secret('malformed', { data: { password: canary } }),
    secret('nested', { stringData: { password: { deep: canary } } }),
  ].map(manifest)

  const facts = { desired, inventory: { entries }, live: liveOf(entries) }
  const { steps: _sealed, ...shown } = await plan(facts, { sync_policy: { auto_prune: true } })
  expect(shown.changes.map(({ type, resource }) => `${type} ${resource}`)).toEqual([
    'create Secret/created',
    'update Secret/updated',
    'delete Secret/pruned',
  ])
  expect(shown.conflicts.map(({ resource }) => resource).toSorted()).toEqual(
    ['malformed', 'misspelt', 'nested', 'rebuilt', 'theirs'].map((name) => `Secret/${name}`),
  )
  const text = JSON.stringify([shown, shown.conflicts.map(conflictFault)])
  for (const secretText of [encoded, Buffer.from(encoded).toString('base64')]) expect(text).not.toContain(secretText)
  expect(text.replaceAll(`"type":"${canary}"`, '')).not.toContain(canary)
  expect(text).toContain('(masked')
})

test('what is as it was after its last apply costs nothing, and what drifted is planned', async () => {
  const namespace = await freshNamespace()
  const [same, drifted] = ['same', 'drifted'].map((name) => object('ConfigMap', name, namespace, { data: { x: '1' } }))
  if (same === undefined || drifted === undefined) throw new Error('no objects')
  const entries = await Promise.all([same, drifted].map(applied))
  const live = new Map(liveOf(entries))
  const seen = live.get(identityOf(refOf(drifted)))
  if (seen !== undefined) live.set(identityOf(refOf(drifted)), { ...seen, owned: 'another digest' })
  await apply(cluster, { ...drifted, data: { x: '2' } }, { fieldManager: 'kubectl', force: true })
  const previous = async () => drifted
  const found = await plan({ desired: [same, drifted].map(manifest), inventory: { entries }, live, previous })
  expect(found.steps).toMatchObject([{ action: 'update', force: true, object: { metadata: { name: 'drifted' } } }])
  expect(found.changes).toMatchObject([{ fields: [{ path: 'data.x', before: '2', after: '1' }] }])
})

test('a watch cache that is behind is not believed to say that an object is gone', async () => {
  const namespace = await freshNamespace()
  const body = object('ConfigMap', 'a', namespace, { data: { x: '1' } })
  const entries = [await applied(body)]
  const found = await plan({ desired: [manifest(body)], inventory: { entries } })
  expect(found).toMatchObject({ steps: [], changes: [], kept: entries })
})

test('what Git does not hold any more goes only where pruning is on, it is ours, and nothing hangs on it', async () => {
  const namespace = await freshNamespace()
  const [ours, copied, absent] = ['ours', 'copied', 'absent'].map((name) => object('ConfigMap', name, namespace))
  if (ours === undefined || copied === undefined || absent === undefined) throw new Error('no objects')
  const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const entries = [
    await applied(ours),
    { ...(await applied(copied)), uid: 'of the one before' },
    { ...refOf(absent), uid: 'u', digest: 'd', owned: 'o' },
    await applied(space),
  ]
  const facts = { inventory: { entries }, live: liveOf(entries) }
  const off = await plan(facts)
  expect(off.steps).toEqual([])
  expect(off.leftovers.map(({ name }) => name)).toEqual(['ours', 'copied', 'absent', namespace])

  const on = await plan(facts, { sync_policy: { auto_prune: true } })
  const live = await get(cluster, refOf(ours))
  const state = { uid: live?.metadata.uid, resourceVersion: live?.metadata.resourceVersion }
  expect(on.steps).toEqual([{ action: 'delete', ref: refOf(ours), live: state, wave: 0 }])
  expect(on.gone.map(({ name }) => name)).toEqual(['copied', 'absent'])
  expect(on.leftovers.map(({ kind }) => kind)).toEqual(['Namespace'])
  expect(on.warnings).toHaveLength(2)
})

test('what a workflow may not touch any more is not pruned either', async () => {
  const namespace = await freshNamespace()
  const entries = await Promise.all(['one', 'two'].map((name) => applied(object('ConfigMap', name, namespace))))
  const facts = { inventory: { entries }, live: liveOf(entries) }
  const sync_policy = { auto_prune: true }
  const pruned = await plan(facts, { sync_policy, allow: { namespaces: [namespace] } })
  expect(pruned.changes).toHaveLength(2)
  for (const allow of [{ namespaces: ['elsewhere'] }, { kinds: ['Secret'] }]) {
    const kept = await plan(facts, { sync_policy, allow })
    expect(kept.changes).toEqual([])
    expect(kept.leftovers).toHaveLength(2)
    expect(kept.warnings[0]).toContain('stays in the cluster: the workflow may touch the')
  }
})
