import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { apiProxy } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestCluster } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'
import { apply } from './apply.ts'
import { openCluster } from './cluster.ts'
import { explainUnhealthy } from './explain-unhealthy.ts'
import { logTail } from './log-tail.ts'
import { mergePatch } from './merge-patch.ts'
import { remove } from './remove.ts'
import { waitDone } from './wait-done.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function created(kind: 'Job' | 'Pod' | 'ConfigMap', name: string, spec?: object): Promise<KubernetesObject> {
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'v1'
  const object = { apiVersion, kind, metadata: { name, namespace: fixture.namespace }, ...(spec && { spec }) }
  return (await apply(fixture.cluster, object)).object
}

const podSpec = (image: string) => ({ restartPolicy: 'Never', containers: [{ name: 'main', image }] })
const jobSpec = (image: string, more: object = {}) => ({ backoffLimit: 0, template: { spec: podSpec(image) }, ...more })

test('a Job is awaited until it is complete, and one that fails says why', async () => {
  const [good, bad] = await Promise.all([
    created('Job', 'good', jobSpec('migrate:1')),
    created('Job', 'bad', jobSpec('broken:1')),
  ])
  expect(await waitDone(fixture.cluster, good, { timeoutMs: 100_000 })).toMatchObject({ outcome: 'succeeded' })
  const failed = await waitDone(fixture.cluster, bad, { timeoutMs: 100_000 })
  expect(failed).toMatchObject({
    outcome: 'failed',
    message: expect.stringMatching(/BackoffLimit|backoff limit/) as string,
  })
  // The test cluster has no kubelet to ask.
  expect(await logTail(fixture.cluster, failed.object, { lines: 5, bytes: 1_000 })).toBeUndefined()
})

test('a suspended Job is awaited until its time is over, or until it goes on', async () => {
  const job = await created('Job', 'later', jobSpec('migrate:1', { suspend: true }))
  const tooShort = await waitDone(fixture.cluster, job, { timeoutMs: 5_000 })
  expect(tooShort).toMatchObject({ outcome: 'timeout', message: 'the Job is suspended' })
  const waiting = waitDone(fixture.cluster, job, { timeoutMs: 100_000 })
  await mergePatch(fixture.cluster, refOf(job), { spec: { suspend: false } }, {})
  expect(await waiting).toMatchObject({ outcome: 'succeeded' })
})

test('what somebody deletes is gone, and another of its name is not it', async () => {
  const job = await created('Job', 'deleted', jobSpec('migrate:1', { suspend: true }))
  const waiting = waitDone(fixture.cluster, job, { timeoutMs: 100_000 })
  await remove(fixture.cluster, refOf(job), {})
  expect(await waiting).toMatchObject({ outcome: 'gone' })
  await created('Job', 'deleted', jobSpec('migrate:1'))
  expect(await waitDone(fixture.cluster, job, { timeoutMs: 100_000 })).toMatchObject({ outcome: 'gone' })
})

test('a Job that was done before it was deleted is done', async () => {
  const job = await created('Job', 'done', jobSpec('migrate:1', { ttlSecondsAfterFinished: 0 }))
  expect(await waitDone(fixture.cluster, job, { timeoutMs: 100_000 })).toMatchObject({ outcome: 'succeeded' })
})

test('a Pod is awaited until it has ended, and a kind without health is done at once', async () => {
  const pod = await created('Pod', 'broken', podSpec('broken:1'))
  expect(await waitDone(fixture.cluster, pod, { timeoutMs: 100_000 })).toMatchObject({ outcome: 'failed' })
  const settings = await created('ConfigMap', 'settings')
  expect(await waitDone(fixture.cluster, settings, { timeoutMs: 1 })).toMatchObject({ outcome: 'succeeded' })
})

test('who stops waiting gets the reason', async () => {
  const job = await created('Job', 'left', jobSpec('migrate:1', { suspend: true }))
  const stop = new AbortController()
  const waiting = waitDone(fixture.cluster, job, { timeoutMs: 100_000, signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

test('the log of the newest pod is asked for, its end only, of the container that failed', async () => {
  await using proxy = await apiProxy()
  await using cluster = await openCluster({ kubeconfig: proxy.kubeconfig })
  const job = await created('Job', 'told', jobSpec('broken:1'))
  const { object } = await waitDone(fixture.cluster, job, { timeoutMs: 100_000 })
  // In place of the kubelet, which the test cluster has none of.
  const asked: string[] = []
  proxy.intercept(({ path }) => {
    if (!path.includes('/log?')) return undefined
    asked.push(path)
    return { status: 200, body: { error: 'the database is locked' } }
  })
  expect(await logTail(cluster, object, { lines: 5, bytes: 1_000 })).toBe('{"error":"the database is locked"}')
  expect(asked).toEqual([
    expect.stringMatching(/\/pods\/told-[a-z0-9]+\/log\?tailLines=5&limitBytes=1000&container=main$/),
  ])
  proxy.intercept(undefined)
})

test('a Job that selects pods of another by a label tells nothing of what those say and write', async () => {
  const { namespace } = fixture
  const template = { metadata: { labels: { app: 'shared' } }, spec: podSpec('broken:1') }
  const theirs = await created('Job', 'theirs', { backoffLimit: 0, template })
  await waitDone(fixture.cluster, theirs, { timeoutMs: 100_000 })
  const selector = { matchLabels: { app: 'shared' } }
  const spec = { suspend: true, manualSelector: true, selector, template }
  const ours = await created('Job', 'ours', spec)
  await using proxy = await apiProxy()
  proxy.intercept(({ path }) => (path.includes('/log?') ? { status: 200, body: { said: 'by another' } } : undefined))
  await using cluster = await openCluster({ kubeconfig: proxy.kubeconfig })
  const options = { lines: 5, bytes: 1_000 }
  const { object } = await waitDone(cluster, theirs, { timeoutMs: 100_000 })
  expect([object.metadata.namespace, await logTail(cluster, object, options)]).toEqual([
    namespace,
    '{"said":"by another"}',
  ])
  expect(await logTail(cluster, ours, options)).toBeUndefined()
  expect(await explainUnhealthy(cluster, object)).toContain('pod theirs')
  expect(await explainUnhealthy(cluster, ours)).toBeUndefined()
})
