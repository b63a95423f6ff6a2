import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refOf } from '@plimsoll/domain'
import { expect, onTestFinished, test } from 'vitest'
import { apply } from './apply.ts'
import { openCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { follow } from './follow.ts'
import { get } from './get.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { list } from './list.ts'
import { remove } from './remove.ts'
import { requireType } from './resource-of.ts'
import { kubeconfigWith } from '../test/kubeconfig-with.ts'
import { openProxiedCluster } from '../test/proxied-cluster.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster, testKubeconfig } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'

async function freshCluster(): Promise<TestCluster> {
  const fixture = await openTestCluster()
  onTestFinished(() => fixture[Symbol.asyncDispose]())
  return fixture
}

const anyNamespace = { apiVersion: 'v1', kind: 'Namespace', name: 'default' }

test('a server that is away is unavailable, and the next request after its return succeeds', async () => {
  await using proxied = await openProxiedCluster()
  const { cluster, proxy } = proxied
  proxy.cut()
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'unavailable', status: 0, retryable: true })
  proxy.resume()
  expect(await get(cluster, anyNamespace)).toMatchObject({ metadata: { name: 'default' } })
  proxy.cut()
  await expect.poll(() => cluster.connection.sockets()).toBe(0)
  proxy.resume()
  expect(await get(cluster, anyNamespace)).toMatchObject({ metadata: { name: 'default' } })
})

test('a request that gets no answer ends by its time-out, and the connection by its ping', async () => {
  await using proxied = await openProxiedCluster({ requestTimeoutMs: 3_000, pingMs: 4_000 })
  const { cluster, proxy } = proxied
  await get(cluster, anyNamespace)
  proxy.blackHole()
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'timeout', retryable: true })
  await expect.poll(() => cluster.connection.sockets()).toBe(0)
  proxy.resume()
  expect(await get(cluster, anyNamespace)).toBeDefined()
})

test('a signal ends a request that waits for its answer', async () => {
  await using proxied = await openProxiedCluster()
  const { cluster, proxy } = proxied
  await get(cluster, anyNamespace)
  proxy.blackHole()
  const stop = new AbortController()
  const waiting = get(cluster, anyNamespace, { signal: stop.signal })
  setImmediate(() => stop.abort(new Error('the lease ends')))
  await expect(waiting).rejects.toThrow('the lease ends')
})

test('sixteen requests at once after a loss open one connection', async () => {
  await using proxied = await openProxiedCluster()
  const { cluster, proxy } = proxied
  await get(cluster, anyNamespace)
  proxy.cut()
  await expect.poll(() => cluster.connection.sockets()).toBe(0)
  proxy.resume()
  await Promise.all(Array.from({ length: 16 }, () => get(cluster, anyNamespace)))
  expect(cluster.connection.sockets()).toBe(1)
  expect(proxy.connections()).toBe(1)
})

test('more watches than the server allows on a connection do not starve the requests', async () => {
  const { cluster, namespace } = await freshCluster()
  const type = await requireType(cluster, { apiVersion: 'v1', kind: 'ConfigMap', name: '' })
  const stop = new AbortController()
  const streams = Array.from({ length: 300 }, (_, index) =>
    follow(cluster, type, { namespace, labelSelector: `n=${index}`, signal: stop.signal }),
  )
  await Promise.all(streams.map((stream) => stream.next()))
  const waiting = streams.map((stream) => stream.next())
  await expect.poll(() => cluster.connection.sockets()).toBeGreaterThan(1)
  expect(await get(cluster, anyNamespace)).toBeDefined()
  expect(cluster.connection.sockets()).toBeLessThanOrEqual(4)
  stop.abort()
  await Promise.all(waiting)
})

test('a server whose certificate is of another authority is not trusted', async () => {
  const kubeconfigText = await kubeconfigWith({}, { 'certificate-authority-data': undefined })
  await using cluster = await openCluster({ kubeconfigText })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'untrusted', status: 0 })
})

test('wrong credentials are unauthorized', async () => {
  await using cluster = await openCluster({ kubeconfigText: await kubeconfigWith({ token: 'nobody' }) })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'unauthorized', retryable: false })
})

test('a token that was replaced in its file is taken up when the server refuses the old one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'token-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const tokenFile = join(folder, 'token')
  const text = await kubeconfigWith({ token: undefined, tokenFile })
  const { user } = await readKubeconfig({ kubeconfig: testKubeconfig() })
  await writeFile(join(folder, 'config'), text)
  await writeFile(tokenFile, 'outdated')
  await using cluster = await openCluster({ kubeconfig: join(folder, 'config') })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'unauthorized' })
  await writeFile(tokenFile, user.token ?? '')
  expect(await get(cluster, anyNamespace)).toBeDefined()
})

test('something that is no HTTP/2 server is unavailable', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const kubeconfigText = JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}` } }],
    contexts: [{ name: 'c', context: { cluster: 'c' } }],
    'current-context': 'c',
  })
  await using cluster = await openCluster({ kubeconfigText })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ retryable: expect.any(Boolean), status: 0 })
})

test('a server that is no API server is told apart from an unknown kind', async () => {
  const { cluster: entry } = await readKubeconfig({ kubeconfig: testKubeconfig() })
  const kubeconfigText = await kubeconfigWith({}, { server: `${entry.server}/not/the/root` })
  await using cluster = await openCluster({ kubeconfigText })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'bad-answer' })
})

test('what waits when the cluster is closed ends, and nothing starts after it', async () => {
  const { cluster, proxy } = await openProxiedCluster()
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  const type = await requireType(cluster, { apiVersion: 'v1', kind: 'ConfigMap', name: '' })
  const stream = follow(cluster, type, { labelSelector: 'no=such', signal: new AbortController().signal })
  await stream.next()
  const watched = stream.next()
  proxy.blackHole()
  const waiting = get(cluster, anyNamespace)
  await Promise.all([
    expect(waiting).rejects.toThrow('the connection to the cluster was closed'),
    expect(watched).rejects.toThrow('the connection to the cluster was closed'),
    cluster[Symbol.asyncDispose](),
  ])
  await expect(get(cluster, anyNamespace)).rejects.toThrow('the connection to the cluster was closed')
})

test('429 holds back the requests of the cluster for as long as the server asks, then they pass', async () => {
  const { cluster: administrator, namespace } = await freshCluster()
  await throttle(administrator, namespace)
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'none' }
  const kubeconfig = testKubeconfig('unprivileged')
  const kindsOf = (cluster: Cluster) => {
    const requests = Array.from({ length: 12 }, () => refusalOf(get(cluster, ref)))
    return Promise.all(requests).then((errors) => errors.map((error) => error.kind))
  }
  await using impatient = await openCluster({ kubeconfig, requestTimeoutMs: 500 })
  await expect.poll(() => kindsOf(impatient)).toContain('throttled')
  // The gate is the cluster's: another kind waits as well.
  const gated = { kind: 'throttled', status: 429, retryable: true, retryAfterMs: expect.any(Number) }
  expect(await refusalOf(get(impatient, anyNamespace))).toMatchObject(gated)

  await using patient = await openCluster({ kubeconfig })
  let longestMs = 0
  const watching = setInterval(() => (longestMs = Math.max(longestMs, patient.connection.throttle.remainingMs())), 5)
  onTestFinished(() => clearInterval(watching))
  const outcomes = new Set<string>()
  const round = async () => {
    for (const kind of await kindsOf(patient)) outcomes.add(kind)
    return longestMs
  }
  await expect.poll(round).toBeGreaterThan(500)
  expect(outcomes).toEqual(new Set(['forbidden']))
})

/** Lets an unprivileged user ask for one ConfigMap of the namespace at a time; whatever comes meanwhile is answered 429. */
async function throttle(cluster: Cluster, namespace: string): Promise<void> {
  const apiVersion = 'flowcontrol.apiserver.k8s.io/v1'
  const metadata = { name: `throttle-${namespace}` }
  const limited = {
    nominalConcurrencyShares: 0,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  }
  const level = { apiVersion, kind: 'PriorityLevelConfiguration', metadata, spec: { type: 'Limited', limited } }
  const resourceRules = [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps'], namespaces: [namespace] }]
  const rules = [{ subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }], resourceRules }]
  const spec = { matchingPrecedence: 2, priorityLevelConfiguration: metadata, rules }
  const schema = { apiVersion, kind: 'FlowSchema', metadata, spec }
  await apply(cluster, level)
  await apply(cluster, schema)
  onTestFinished(async () => {
    await using after = await openCluster({ kubeconfig: testKubeconfig() })
    await remove(after, refOf(schema), {})
    await remove(after, refOf(level), {})
  })
}

test('a list is read page by page and is complete', async () => {
  const { cluster, namespace } = await freshCluster()
  const type = await requireType(cluster, { apiVersion: 'v1', kind: 'ConfigMap', name: '' })
  const names = Array.from({ length: 25 }, (_, index) => `c-${String(index).padStart(2, '0')}`)
  await Promise.all(
    names.map((name) => apply(cluster, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } })),
  )
  const { items, resourceVersion } = await list(cluster, type, { namespace, limit: 10 })
  expect(items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('c-'))).toEqual(names)
  expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
  expect(resourceVersion).toMatch(/^\d+$/)
})
