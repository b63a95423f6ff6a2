import { randomBytes } from 'node:crypto'
import type { Backup, KubernetesObject } from '@plimsoll/domain'
import { refOf } from '@plimsoll/domain'
import { migrate, openEventLog } from '@plimsoll/event-log'
import { freshDatabase, freshNamespace, testEnvironment, until } from '@plimsoll/harness'
import { apply, get, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { vaults } from '@plimsoll/service'
import type { Vault } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extendBackup } from './extend-backup.ts'

const stack = new AsyncDisposableStack()
let cluster: Cluster
let vault: Vault
beforeAll(async () => {
  cluster = stack.use(await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') }))
  const log = stack.use(openEventLog({ url: stack.use(await freshDatabase()).url }))
  await migrate(log)
  vault = vaults(log, randomBytes(32))('shop')
})
afterAll(() => stack.disposeAsync())

const us = { fieldManager: 'plimsoll' }
const configMap = (namespace: string, data: Readonly<Record<string, string>>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace },
  data,
})

/** Extends the backup of an object by what it is after changes, and answers what was recorded. */
async function recorded(
  isResumed: boolean,
  change: (namespace: string) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const namespace = await freshNamespace()
  const { object: before } = await apply(cluster, configMap(namespace, { x: '1' }), us)
  const backup = await vault.put({ objects: [before] } satisfies Backup)
  const digests: string[] = []
  const extend = extendBackup({ vault, backup, isResumed, record: async (digest) => digests.push(digest) })
  await change(namespace)
  const live = await get(cluster, refOf(before))
  if (live === undefined) throw new Error('the object is gone')
  await extend(live)
  const bodies = await Promise.all(digests.map((digest) => vault.get<Backup>(digest)))
  return bodies.map(({ objects }) => objects.map((object) => object['data']))
}

const byOthers = (namespace: string) =>
  apply(cluster, configMap(namespace, { y: 'theirs' }), { fieldManager: 'kubectl' })
/** As a first attempt does: later than the second in which the object was backed up, as managedFields tell seconds. */
const byUs = async (namespace: string) => {
  const second = Math.floor(Date.now() / 1_000)
  await until(() => Math.floor(Date.now() / 1_000) > second, { what: 'the next second has begun' })
  await apply(cluster, configMap(namespace, { x: '2' }), us)
}

test('what someone changed after the backup is kept as it is now', async () => {
  expect(await recorded(false, byOthers)).toEqual([[{ x: '1', y: 'theirs' }]])
})

test('what nobody changed is not kept twice', async () => {
  expect(await recorded(false, async () => {})).toEqual([])
})

test('after a crash, what we wrote ourselves is no state from before the sync', async () => {
  expect(await recorded(true, byUs)).toEqual([])
  expect(await recorded(true, byOthers)).toEqual([[{ x: '1', y: 'theirs' }]])
})

test('what comes while another is recorded is recorded together, and each is durable when it returns', async () => {
  const digests: string[] = []
  const gate = Promise.withResolvers<void>()
  const backup = await vault.put({ objects: [] } satisfies Backup)
  const record = async (digest: string) => {
    digests.push(digest)
    if (digests.length === 1) await gate.promise
  }
  const extend = extendBackup({ vault, backup, isResumed: false, record })
  const objects = ['a', 'b', 'c', 'd'].map((name) => ({
    ...configMap('shop', {}),
    metadata: { name, namespace: 'shop' },
  }))
  const all = Promise.all(objects.map(extend))
  gate.resolve()
  await all
  const bodies = await Promise.all(digests.map((digest) => vault.get<Backup>(digest)))
  expect(bodies.flatMap((body) => body.objects.map(({ metadata }) => metadata.name)).toSorted()).toEqual([
    'a',
    'b',
    'c',
    'd',
  ])
  expect(digests.length).toBeLessThan(4)
})
