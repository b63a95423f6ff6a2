import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { expect, onTestFinished, test } from 'vitest'
import { apply } from './apply.ts'
import type { Cluster } from './cluster.ts'
import type { ResourceType } from './discovery.ts'
import { follow } from './follow.ts'
import type { FollowEvent, FollowOptions } from './follow.ts'
import type { KubernetesError } from './kubernetes-error.ts'
import { openCluster } from './cluster.ts'
import { list } from './list.ts'
import { remove } from './remove.ts'
import { requireType } from './resource-of.ts'
import { customDefinition } from '../test/custom-definition.ts'
import { openProxiedCluster } from '../test/proxied-cluster.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster, testKubeconfig } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'
import { waitEstablished } from './wait-established.ts'
import { watch } from './watch.ts'

async function freshCluster(): Promise<TestCluster> {
  const fixture = await openTestCluster()
  onTestFinished(() => fixture[Symbol.asyncDispose]())
  return fixture
}

async function brokenCluster(pingMs = 15_000) {
  const proxied = await openProxiedCluster({ pingMs })
  onTestFinished(() => proxied[Symbol.asyncDispose]())
  return proxied
}

function configMap(namespace: string, name: string, data: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { followed: 'yes' } }, data }
}

/** Follows in the background; `next` waits for the next event that is told as `ADDED name` or `SYNCED`. */
function following(cluster: Cluster, type: ResourceType, options: Omit<FollowOptions, 'signal' | 'onError'>) {
  const stop = new AbortController()
  const errors: KubernetesError[] = []
  const onError = (error: KubernetesError) => errors.push(error)
  const events = follow(cluster, type, { ...options, signal: stop.signal, onError })
  onTestFinished(() => stop.abort())
  const take = async (): Promise<FollowEvent> => {
    const { value, done } = await events.next()
    if (done) throw new Error('the stream ended')
    return value
  }
  const next = async () => {
    const event = await take()
    return event.type === 'SYNCED' ? 'SYNCED' : `${event.type} ${event.object.metadata.name}`
  }
  return { take, next, errors, stop, events }
}

const configMaps = (cluster: Cluster) => requireType(cluster, { apiVersion: 'v1', kind: 'ConfigMap', name: '' })

test('what exists comes first, then that this was all, then every change', async () => {
  const { cluster, namespace } = await freshCluster()
  const { object } = await apply(cluster, configMap(namespace, 'a'))
  const stream = following(cluster, await configMaps(cluster), { namespace, labelSelector: 'followed=yes' })
  expect(await stream.next()).toBe('ADDED a')
  expect(await stream.take()).toMatchObject({ type: 'SYNCED', uids: new Set([object.metadata.uid]) })
  await apply(cluster, configMap(namespace, 'b'))
  expect(await stream.next()).toBe('ADDED b')
  await apply(cluster, configMap(namespace, 'b', { x: '1' }))
  const changed = await stream.take()
  expect(changed).toMatchObject({ type: 'MODIFIED', object: { apiVersion: 'v1', kind: 'ConfigMap', data: { x: '1' } } })
  await remove(cluster, refOf(object), {})
  expect(await stream.next()).toBe('DELETED a')
  expect(stream.errors).toEqual([])
})

test('the stream ends without an error when its signal aborts, before, during and after the start of a watch', async () => {
  const { cluster, namespace } = await freshCluster()
  const type = await configMaps(cluster)
  const ended = { done: true, value: undefined }
  const early = following(cluster, type, { namespace, labelSelector: 'followed=yes' })
  early.stop.abort()
  expect(await early.events.next()).toEqual(ended)

  const starting = following(cluster, type, { namespace, labelSelector: 'followed=yes' })
  expect(await starting.next()).toBe('SYNCED')
  const start = starting.events.next()
  starting.stop.abort()
  expect(await start).toEqual(ended)

  const watching = following(cluster, type, { namespace, labelSelector: 'followed=yes' })
  expect(await watching.next()).toBe('SYNCED')
  await apply(cluster, configMap(namespace, 'a'))
  expect(await watching.next()).toBe('ADDED a')
  const watched = watching.events.next()
  setImmediate(() => watching.stop.abort())
  expect(await watched).toEqual(ended)
})

test('metadata alone can be followed', async () => {
  const { cluster, namespace } = await freshCluster()
  await apply(cluster, configMap(namespace, 'a', { x: '1' }))
  const options = { namespace, labelSelector: 'followed=yes', metadataOnly: true }
  const stream = following(cluster, await configMaps(cluster), options)
  const event = await stream.take()
  expect(event).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'a' } } })
  expect(event).not.toHaveProperty('object.data')
})

test('changes during a lost connection arrive after it, without a new list', async () => {
  const { cluster: direct, namespace } = await freshCluster()
  const { cluster, proxy } = await brokenCluster()
  const stream = following(cluster, await configMaps(cluster), { namespace, labelSelector: 'followed=yes' })
  expect(await stream.next()).toBe('SYNCED')
  await apply(direct, configMap(namespace, 'before'))
  expect(await stream.next()).toBe('ADDED before')
  const next = stream.next()
  proxy.cut()
  await apply(direct, configMap(namespace, 'meanwhile'))
  proxy.resume()
  expect(await next).toBe('ADDED meanwhile')
  expect(stream.errors[0]).toMatchObject({ kind: 'unavailable', retryable: true })
  expect(cluster.connection.sockets()).toBe(1)
})

test('a connection whose other side went silent is noticed by ping', async () => {
  const { cluster: direct, namespace } = await freshCluster()
  const { cluster, proxy } = await brokenCluster(200)
  const stream = following(cluster, await configMaps(cluster), { namespace, labelSelector: 'followed=yes' })
  expect(await stream.next()).toBe('SYNCED')
  const next = stream.next()
  proxy.blackHole()
  await apply(direct, configMap(namespace, 'meanwhile'))
  await expect.poll(() => stream.errors.length).toBeGreaterThan(0)
  expect(stream.errors[0]?.message).toContain('no longer answers pings')
  proxy.resume()
  expect(await next).toBe('ADDED meanwhile')
})

test('a watch that stays silent beyond its bookmarks is started again', async () => {
  const { cluster, namespace } = await freshCluster()
  const options = { namespace, labelSelector: 'followed=yes', silenceMs: 150 }
  const stream = following(cluster, await configMaps(cluster), options)
  expect(await stream.next()).toBe('SYNCED')
  const next = stream.next()
  await expect.poll(() => stream.errors.length).toBeGreaterThan(0)
  expect(stream.errors[0]?.message).toContain('silent')
  await apply(cluster, configMap(namespace, 'later'))
  expect(await next).toBe('ADDED later')
})

test('a resourceVersion that the server no longer has is answered by a new list that shows what vanished', async () => {
  const { cluster: direct, namespace } = await freshCluster()
  const { definition, apiVersion, kind } = customDefinition()
  const establish = async () => {
    const { object } = await apply(direct, definition)
    await waitEstablished(direct, [object], { timeoutMs: 100_000 })
  }
  const ship = (name: string): KubernetesObject => ({ apiVersion, kind, metadata: { name, namespace } })
  await establish()
  const { object: old } = await apply(direct, ship('old'))

  const { cluster, proxy } = await brokenCluster()
  const type = await requireType(cluster, { apiVersion, kind, name: '' })
  const stream = following(cluster, type, { namespace })
  expect(await stream.next()).toBe('ADDED old')
  expect(await stream.take()).toMatchObject({ type: 'SYNCED', uids: new Set([old.metadata.uid]) })
  const next = stream.next()
  proxy.cut()
  // A kind that is declared anew starts with an empty history: the server cannot serve what was before it.
  await remove(direct, refOf(definition), {})
  await expect.poll(() => remove(direct, refOf(definition), {})).toBe('absent')
  await establish()
  const { object: young } = await apply(direct, ship('young'))
  proxy.resume()
  expect(await next).toBe('ADDED young')
  expect(await stream.take()).toMatchObject({ type: 'SYNCED', uids: new Set([young.metadata.uid]) })
  expect(stream.errors.map((error) => error.kind)).toContain('expired')
  await remove(direct, refOf(definition), {})
})

test('a watch that the server ends in peace is no error', async () => {
  const { cluster, namespace } = await freshCluster()
  const type = await configMaps(cluster)
  const { resourceVersion } = await list(cluster, type, { namespace })
  const signal = AbortSignal.timeout(100_000)
  const options = {
    namespace,
    resourceVersion,
    silenceMs: 10_000,
    lifetimeSeconds: 1,
    signal,
    labelSelector: 'no=such',
  }
  const events = await Array.fromAsync(watch(cluster, type, options))
  expect(events.filter(({ type: change }) => change !== 'BOOKMARK')).toEqual([])
})

test('who may not list is told so instead of being asked to wait', async () => {
  const { namespace } = await freshCluster()
  await using cluster = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
  const stream = following(cluster, await configMaps(cluster), { namespace })
  expect(await refusalOf(stream.next())).toMatchObject({ kind: 'forbidden', retryable: false })
})

test('a list of several pages is one list', async () => {
  const { cluster, namespace } = await freshCluster()
  const names = Array.from({ length: 501 }, (_, index) => `a-${index}`)
  await Promise.all(names.map((name) => apply(cluster, configMap(namespace, name))))
  const stream = following(cluster, await configMaps(cluster), { namespace, labelSelector: 'followed=yes' })
  const seen = new Map<string | undefined, string>()
  let event = await stream.take()
  for (; event.type !== 'SYNCED'; event = await stream.take())
    seen.set(event.object.metadata.uid, event.object.metadata.name)
  expect(event.uids).toEqual(new Set(seen.keys()))
  expect([...seen.values()].toSorted()).toEqual(names.toSorted())
  await apply(cluster, configMap(namespace, 'later'))
  expect(await stream.next()).toBe('ADDED later')
})

test('what was listed is not kept while the watch goes on', async () => {
  const { cluster, namespace } = await freshCluster()
  for (const name of ['a', 'b', 'c']) await apply(cluster, configMap(namespace, name))
  const stream = following(cluster, await configMaps(cluster), { namespace, labelSelector: 'followed=yes' })
  const seen: WeakRef<object>[] = []
  while (seen.length < 3) {
    const event = await stream.take()
    if (event.type === 'ADDED') seen.push(new WeakRef(event.object))
  }
  expect(await stream.next()).toBe('SYNCED')
  const changed = stream.next()
  await apply(cluster, configMap(namespace, 'd'))
  expect(await changed).toBe('ADDED d')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await until(
    () => {
      collect()
      // The last is what the loops of both sides hold in their hands.
      return seen.slice(0, -1).every((object) => object.deref() === undefined)
    },
    { what: 'nothing holds them' },
  )
})
