import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply } from './apply.ts'
import { remove } from './remove.ts'
import { openTestCluster } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'
import { waitHealthy } from './wait-healthy.ts'
import type { CustomHealth, HealthResult, HealthTarget } from './wait-healthy.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

function deployment(name: string, image: string, spec: object = {}): KubernetesObject {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: fixture.namespace },
    spec: { replicas: 2, selector: { matchLabels: labels }, template, ...spec },
  }
}

async function applied(object: KubernetesObject): Promise<HealthTarget> {
  const { object: live } = await apply(fixture.cluster, object)
  return { ref: refOf(live), generation: live.metadata.generation }
}

function statuses(results: readonly HealthResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ ref, health: { status } }) => [`${ref.kind}/${ref.name}`, status]))
}

test('a rollout is waited for until its last replica is available', async () => {
  const web = deployment('web', 'web:1')
  const seen: string[] = []
  const onChange = ({ health: { status } }: HealthResult) => {
    seen.push(status)
    if (status === 'Missing') void apply(fixture.cluster, web)
  }
  const { healthy, results } = await waitHealthy(fixture.cluster, [{ ref: refOf(web) }], {
    timeoutMs: 100_000,
    onChange,
  })
  expect({ healthy, statuses: statuses(results) }).toEqual({ healthy: true, statuses: { 'Deployment/web': 'Healthy' } })
  expect(seen.slice(0, 2)).toEqual(['Missing', 'Progressing'])
  expect(seen.at(-1)).toBe('Healthy')
})

test('the health of the generation before the apply does not count', async () => {
  const first = await applied(deployment('twice', 'web:1'))
  expect((await waitHealthy(fixture.cluster, [first], { timeoutMs: 100_000 })).healthy).toBe(true)
  const second = await applied(deployment('twice', 'broken:2'))
  const { healthy, results } = await waitHealthy(fixture.cluster, [second], { timeoutMs: 8_000 })
  expect({ healthy, statuses: statuses(results) }).toEqual({
    healthy: false,
    statuses: { 'Deployment/twice': 'Progressing' },
  })
})

test('a broken image waits until the time is over, and the answer says what the pods say', async () => {
  const target = await applied(deployment('broken', 'broken:1'))
  const said = /0 of 2 .* are available; pod broken-.*: container web: CrashLoopBackOff/
  // The pods have to be there first, and to have begun.
  const { healthy } = await until(
    async () => {
      const answer = await waitHealthy(fixture.cluster, [target], { timeoutMs: 3_000 })
      if (said.test(answer.results[0]?.health.message ?? '')) return answer
      throw new Error(answer.results[0]?.health.message)
    },
    { what: 'the answer says what the pods say' },
  )
  expect(healthy).toBe(false)
})

test('a rollout beyond its progress deadline ends the wait at once', async () => {
  const startedAt = performance.now()
  const stuck = await applied(deployment('stuck', 'broken:1', { progressDeadlineSeconds: 2 }))
  const other = await applied(deployment('other', 'broken:1'))
  const { healthy, results } = await waitHealthy(fixture.cluster, [stuck, other], { timeoutMs: 100_000 })
  expect(healthy).toBe(false)
  expect(statuses(results)).toEqual({ 'Deployment/stuck': 'Degraded', 'Deployment/other': 'Progressing' })
  expect(results[0]?.health.message).toContain('ProgressDeadlineExceeded')
  expect(performance.now() - startedAt).toBeLessThan(60_000)
})

test('a Job is waited for until it has completed', async () => {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'job:1' }] } }
  const metadata = { name: 'once', namespace: fixture.namespace }
  const target = await applied({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } })
  const { healthy, results } = await waitHealthy(fixture.cluster, [target], { timeoutMs: 100_000 })
  expect({ healthy, message: results[0]?.health.message }).toEqual({ healthy: true, message: 'completed' })
})

test('kinds that can only be healthy are so at once, even where nobody answers', async () => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'nowhere', name: 'any' }
  const { healthy } = await waitHealthy(fixture.cluster, [{ ref }], { timeoutMs: 1 })
  expect(healthy).toBe(true)
})

test('an object that does not exist is missing until it comes', async () => {
  const { cluster, namespace } = fixture
  const ref = { apiVersion: 'v1', kind: 'Service', namespace, name: 'late' }
  const early = await waitHealthy(cluster, [{ ref }], { timeoutMs: 5_000 })
  expect(early).toMatchObject({ healthy: false, results: [{ health: { status: 'Missing' } }] })
  const waiting = waitHealthy(cluster, [{ ref }], { timeoutMs: 100_000 })
  await applied({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'late', namespace },
    spec: { ports: [{ port: 80 }] },
  })
  expect((await waiting).healthy).toBe(true)
})

test('an object that vanishes during the wait is missing', async () => {
  const { cluster } = fixture
  const [gone, slow] = [await applied(deployment('gone', 'web:1')), await applied(deployment('slow', 'broken:1'))]
  const seen: string[] = []
  const onChange = ({ ref, health }: HealthResult) => {
    seen.push(`${ref.name} ${health.status}`)
    if (ref.name === 'gone' && health.status === 'Healthy') void remove(cluster, gone.ref, {})
    if (ref.name === 'gone' && health.status === 'Missing') stop.abort(new Error('seen'))
  }
  const stop = new AbortController()
  const waiting = waitHealthy(cluster, [gone, slow], { timeoutMs: 100_000, onChange, signal: stop.signal })
  await expect(waiting).rejects.toThrow('seen')
  expect(seen).toContain('gone Missing')
})

test('a check of the operator comes before the built-in one, also for a kind that has none', async () => {
  const configMap = (phase: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'phased', namespace: fixture.namespace },
    data: { phase },
  })
  const custom: CustomHealth = {
    has: (_apiVersion, kind) => kind === 'ConfigMap',
    judge: async ({ data }) => {
      const { phase } = data as { phase: string }
      return { status: phase === 'up' ? 'Healthy' : 'Progressing', message: phase }
    },
  }
  const seen: string[] = []
  const target = await applied(configMap('starting'))
  const waiting = waitHealthy(fixture.cluster, [target], {
    timeoutMs: 100_000,
    custom,
    onChange: ({ health: { message } }) => {
      seen.push(message)
      if (message === 'starting') void apply(fixture.cluster, configMap('up'))
    },
  })
  expect((await waiting).healthy).toBe(true)
  expect(seen).toEqual(['starting', 'up'])
})

test('a message does not tell a value of the object that is sensitive', async () => {
  const object: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'weak', namespace: fixture.namespace },
    data: { pin: '4711', open: 'visible' },
  }
  const { ref } = await applied(object)
  const custom: CustomHealth = {
    has: (_apiVersion, kind) => kind === 'ConfigMap',
    judge: async () => ({ status: 'Degraded', message: '4711 is weak, or NDcxMQ==; visible', final: true }),
  }
  const targets = [{ ref: { ...ref, sensitive: ['/data/pin'] } }]
  const { results } = await waitHealthy(fixture.cluster, targets, { timeoutMs: 100_000, custom })
  expect(results[0]?.health.message).toBe('*** is weak, or ***; visible')
})
