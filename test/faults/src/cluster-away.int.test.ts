import { workflowStream } from '@plimsoll/domain'
import {
  configMap,
  configMapPath,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startInProcess,
  type Installation,
} from '@plimsoll/e2e'
import { readStream, workOf } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { manyObjects, valuesOf } from './many-objects.ts'
import { proxiedCluster, type ProxiedCluster } from './proxied-cluster.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let git: GitHttpServer
let proxied: ProxiedCluster
const view = stack.use(cluster())

beforeAll(async () => {
  const opened = stack.use(await openInstallation())
  proxied = stack.use(await proxiedCluster(opened.folder))
  installation = { ...opened, kubeconfig: proxied.kubeconfig }
  await operatorOf(installation).startAutoSync()
  stack.use(await startInProcess(installation))
  git = stack.use(await gitHttpServer())
})
afterEach(() => proxied.proxy.resume())
afterAll(() => stack.disposeAsync())

const ofCluster = async () => (await readStream(installation.log, 'cluster-default')).map(({ type }) => type)
const files = (x: string) => ({ 'a.yaml': documents(configMap('a', { x })) })

test('an API server that goes away while a sync writes holds it up, and the sync goes on when it is back', async () => {
  const { proxy } = proxied
  const project = await openProject(installation, { git, files: manyObjects(100, '1') })
  // Slow enough to be met in the middle, also by a test that looks seldom.
  proxy.delay(400)
  await until(async () => (await valuesOf(view, project))['1'], {
    what: 'the first objects are there',
    timeoutMs: 150_000,
  })
  proxy.cut()
  const stalled = await project.untilEvent('SyncStalled')
  expect(stalled.message).toMatch(/API server|cluster|connect/i)
  expect((await valuesOf(view, project))['1']).toBeLessThan(100)

  proxy.resume()
  const sync = await project.untilSynced(project.first)
  expect(sync.metrics).toMatchObject({ resources_processed: 100, resources_applied: 100 })
  expect(await valuesOf(view, project)).toEqual({ '1': 100 })
})

test('an API server from which no answer comes holds a sync up only until it answers again', async () => {
  const { proxy } = proxied
  const project = await openProject(installation, { git, files: manyObjects(100, '1') })
  // Slow enough to be met in the middle, also by a test that looks seldom.
  proxy.delay(400)
  await until(async () => (await valuesOf(view, project))['1'], {
    what: 'the first objects are there',
    timeoutMs: 150_000,
  })
  proxy.blackHole()
  const { message } = await project.untilEvent('SyncStalled')
  expect(message).toMatch(/did not answer within (10000|\d{4}) ms/)
  proxy.resume()
  await project.untilSynced(project.first)
  expect(await valuesOf(view, project)).toEqual({ '1': 100 })
})

test('a commit that comes while the API server is away is planned when it is back, and the cluster is told to be lost', async () => {
  const { proxy } = proxied
  const project = await openProject(installation, { git, files: files('1') })
  await project.untilSynced(project.first)
  proxy.cut()
  const second = await project.push(files('2'))
  const planning = () => workOf(installation.log, 'plan', workflowStream(project.id))
  const waiting = await until(async () => ((await planning())?.error ? planning() : undefined), {
    what: 'the plan cannot be made',
    timeoutMs: 150_000,
  })
  expect(waiting).toMatchObject({ parked: null, error: expect.stringMatching(/127\.0\.0\.1/) as string })
  await until(async () => (await ofCluster()).at(-1) === 'ClusterLost', {
    what: 'the loss is recorded',
    timeoutMs: 150_000,
  })

  proxy.resume()
  await project.untilSynced(second)
  expect(await view.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
  await until(async () => (await ofCluster()).at(-1) === 'ClusterReached', {
    what: 'the return is recorded',
    timeoutMs: 150_000,
  })
  const settled = async () => (await planning())?.error === null
  expect(await until(settled, { what: 'the error is forgotten', timeoutMs: 150_000 })).toBe(true)
})

test('an outage that outlasts any number of tries ends by itself', async () => {
  const { proxy } = proxied
  const project = await openProject(installation, { git, files: files('1') })
  await project.untilSynced(project.first)
  proxy.cut()
  const second = await project.push(files('2'))
  const work = () => workOf(installation.log, 'plan', workflowStream(project.id))
  await until(async () => (await work())?.error, { what: 'the plan cannot be made', timeoutMs: 150_000 })
  // As after minutes of it.
  await installation.log.db
    .updateTable('work')
    .set({ attempts: 30, next_at: new Date() })
    .where('stream', '=', workflowStream(project.id))
    .where('role', '=', 'plan')
    .execute()
  await until(async () => ((await work())?.attempts ?? 0) > 30, { what: 'it was tried once more', timeoutMs: 150_000 })
  expect((await work())?.parked).toBeNull()
  await until(async () => (await ofCluster()).at(-1) === 'ClusterLost', { what: 'it is lost', timeoutMs: 150_000 })
  // The next try is far away by now: that the cluster is back is what ends the wait.
  const far = new Date(Date.now() + 3_600_000)
  await installation.log.db
    .updateTable('work')
    .set({ next_at: far })
    .where('stream', '=', workflowStream(project.id))
    .where('role', '=', 'plan')
    .execute()
  proxy.resume()
  await project.untilSynced(second)
})
