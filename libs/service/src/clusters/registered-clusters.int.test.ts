import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { clusterDecider, clusterStream, registerCluster, removeCluster } from '@plimsoll/domain'
import type { Cluster as ClusterState, ClusterConfig, ClusterEvent } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { freshDatabase, testEnvironment, until } from '@plimsoll/harness'
import { poke } from '@plimsoll/jetstream'
import { ClusterClosedError, get, readGivenKubeconfig, refuseAddress } from '@plimsoll/kubernetes'
import type { Cluster, GivenAccess } from '@plimsoll/kubernetes'
import { createLogger } from '@plimsoll/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStores, type Stores } from '../open-stores.ts'
import { clusterCredentials, type ClusterCredentials } from './cluster-credentials.ts'
import { openRegisteredClusters, registryTopic } from './registered-clusters.ts'

const stack = new AsyncDisposableStack()
const installationKey = randomBytes(32)
let stores: Stores
let given: GivenAccess
let credentials: ClusterCredentials
beforeAll(async () => {
  const { url } = stack.use(await freshDatabase())
  const natsPrefix = `t${randomBytes(6).toString('hex')}`
  const logger = createLogger({ name: 'test', write: () => {} })
  const natsUrl = testEnvironment('PLIMSOLL_TEST_NATS')
  stores = stack.use(await openStores({ postgresUrl: url, natsUrl, natsPrefix, name: 'test', logger }))
  given = await readGivenKubeconfig(await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), 'utf8'), undefined)
  credentials = clusterCredentials(stores.log, installationKey)
})
afterAll(() => stack.disposeAsync())

const open = (options: { readonly idleMs?: number; readonly lookMs?: number } = {}) =>
  openRegisteredClusters(
    { ...stores, installationKey },
    { refuseAddress: refuseAddress({ allowLoopback: true }), ...options },
  )

function record(id: string, decide: (state: ClusterState) => readonly ClusterEvent[]) {
  const cause = { commandId: randomBytes(8).toString('hex'), actor: 'tester' }
  return transact(stores.log, { stream: clusterStream(id), cause, decider: clusterDecider }, decide)
}

async function register(id: string, credential = given.credential): Promise<ClusterConfig> {
  const { server, ca, tls_server_name, proxy } = given
  const fingerprint = credentials.fingerprintOf(id, credential)
  const config = { id, server, ca, tls_server_name, proxy, context: null, uid: null, fingerprint }
  await credentials.put(id, credential)
  await record(id, registerCluster({ ...config, credentials: credential.type }, '1.36.4'))
  return { ...config, credentials: credential.type }
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'default' }
const answers = async (cluster: Cluster | undefined) => cluster && (await get(cluster, namespace))?.metadata.name

test('a cluster is known as soon as the log has it, once for all who ask, and forgotten as soon', async () => {
  await using clusters = open()
  expect(await clusters.get('east')).toBeUndefined()
  await register('east')
  const [one, same] = await Promise.all([clusters.get('east'), clusters.get('east')])
  expect(await answers(one)).toBe('default')
  expect(same).toBe(one)
  expect([...(await clusters.keys())]).toEqual(['east'])
  await record('east', removeCluster)
  expect(await clusters.get('east')).toBeUndefined()
  expect([...(await clusters.keys())]).toEqual([])
  await expect(answers(one)).rejects.toThrow(ClusterClosedError)
})

test('other credentials open another connection, and the one before is closed when nothing works with it', async () => {
  await using clusters = open({ lookMs: 20 })
  await register('rotated')
  const before = await clusters.get('rotated')
  expect(await answers(before)).toBe('default')
  await register('rotated', { type: 'token', token: 'of-nobody' })
  const after = await clusters.get('rotated')
  expect(after).not.toBe(before)
  await expect(answers(after)).rejects.toMatchObject({ kind: 'unauthorized' })
  await until(
    () =>
      answers(before).then(
        () => false,
        (error: unknown) => error instanceof ClusterClosedError,
      ),
    {
      what: 'the connection is closed',
    },
  )
})

test('a removal is heard of without a question, and what nobody asks for is closed', async () => {
  await using clusters = open({ lookMs: 60_000 })
  await register('heard')
  const heard = await clusters.get('heard')
  expect(await answers(heard)).toBe('default')
  await record('heard', removeCluster)
  const isClosed = async () => heard?.connection.closing.aborted === true
  await until(
    async () => {
      poke(stores.js, registryTopic)
      return isClosed()
    },
    { what: 'it is closed' },
  )
  await using idle = open({ lookMs: 10, idleMs: 50 })
  await register('idle')
  const unused = await idle.get('idle')
  expect(await answers(unused)).toBe('default')
  await until(() => unused?.connection.closing.aborted, { what: 'it is closed' })
  expect(await answers(await idle.get('idle'))).toBe('default')
})

test('each replica follows by itself', async () => {
  await using one = open({ lookMs: 20 })
  await using two = open({ lookMs: 20 })
  await register('shared')
  const both = await Promise.all([one.get('shared'), two.get('shared')])
  expect(await Promise.all(both.map(answers))).toEqual(['default', 'default'])
  expect(both[0]).not.toBe(both[1])
  await record('shared', removeCluster)
  const areClosed = () => both.every((cluster) => cluster?.connection.closing.aborted === true)
  await until(areClosed, { what: 'both are closed' })
})

test('without its credentials a cluster is a clear error that passes once it is registered again', async () => {
  await using clusters = open()
  await register('lost')
  await credentials.forget('lost')
  await expect(clusters.get('lost')).rejects.toThrow('register it again')
  await register('lost')
  expect(await answers(await clusters.get('lost'))).toBe('default')
})

test('what is kept of a credential tells nothing, and opens for its cluster and fingerprint alone', async () => {
  const canary = { type: 'token', token: 'canary-4711' } as const
  await credentials.put('sealed', canary)
  const fingerprint = credentials.fingerprintOf('sealed', canary)
  expect(await credentials.get('sealed', fingerprint)).toEqual(canary)
  expect(credentials.fingerprintOf('other', canary)).not.toBe(fingerprint)
  expect(clusterCredentials(stores.log, randomBytes(32)).fingerprintOf('sealed', canary)).not.toBe(fingerprint)
  const rows = await stores.log.db
    .selectFrom('cluster_credential')
    .selectAll()
    .where('cluster', '=', 'sealed')
    .execute()
  expect(rows.map(({ sealed }) => sealed.toString('latin1')).join()).not.toContain('canary')
  await stores.log.db
    .updateTable('cluster_credential')
    .set({ cluster: 'moved' })
    .where('cluster', '=', 'sealed')
    .execute()
  await expect(credentials.get('moved', fingerprint)).rejects.toThrow(/unable to authenticate|Unsupported state/i)
})
