import {
  configMap,
  configMapPath,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startInProcess,
  type Installation,
  type Project,
} from '@plimsoll/e2e'
import { readStream } from '@plimsoll/event-log'
import { apiProxy, cluster, gitHttpServer, until, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { proxiedCluster } from './proxied-cluster.ts'

const stack = new AsyncDisposableStack()
const view = stack.use(cluster())
let git: GitHttpServer

beforeAll(async () => {
  git = stack.use(await gitHttpServer())
})
afterAll(() => stack.disposeAsync())

/** An installation with auto-sync on; `kubeconfig` leads to its cluster. */
async function installed(of: AsyncDisposableStack, kubeconfig?: string): Promise<Installation> {
  const opened = of.use(await openInstallation())
  const installation = kubeconfig === undefined ? opened : { ...opened, kubeconfig }
  await operatorOf(installation).startAutoSync()
  return installation
}

const files = { 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b', { x: '1' })) }
const path = ({ namespace }: Project, name: string) => configMapPath(namespace, name)
const modified = { objects: [{ name: 'a', what: 'modified', fields: ['data.x'] }], total: 1 }

async function untilLost({ log }: Installation): Promise<void> {
  const ofCluster = async () => (await readStream(log, 'cluster-default')).map(({ type }) => type)
  await until(async () => (await ofCluster()).at(-1) === 'ClusterLost', { what: 'it is lost', timeoutMs: 120_000 })
}

test('what drifts while no differ runs is found by the next one', async () => {
  await using own = new AsyncDisposableStack()
  const installation = await installed(own)
  const first = await startInProcess(installation, 'r1')
  const project = await openProject(installation, { git, files })
  await project.untilSynced(project.first)
  await first[Symbol.asyncDispose]()
  await view.patch(path(project, 'a'), { data: { x: '2' } })
  await view.delete(path(project, 'b'))

  own.use(await startInProcess(installation, 'r2'))
  await until(async () => ((await project.workflow()).drift?.total === 2 ? true : undefined), {
    what: 'both are found',
    timeoutMs: 150_000,
  })
  const { drift } = await project.workflow()
  expect(drift?.objects.map(({ name, what }) => `${name} ${what}`).toSorted()).toEqual(['a modified', 'b deleted'])
})

test('what drifts while the API server is away is found when it is back', async () => {
  await using own = new AsyncDisposableStack()
  const { proxy, kubeconfig } = own.use(await proxiedCluster((await installed(own)).folder))
  const installation = await installed(own, kubeconfig)
  own.use(await startInProcess(installation))
  const project = await openProject(installation, { git, files })
  await project.untilSynced(project.first)
  proxy.cut()
  await view.patch(path(project, 'a'), { data: { x: '2' } })
  await untilLost(installation)
  expect((await project.workflow()).drift).toBeNull()
  proxy.resume()
  expect(await project.untilEvent('DriftDetected')).toMatchObject(modified)
})

test('what drifts while the connection is silent is found once the silence is noticed', async () => {
  await using own = new AsyncDisposableStack()
  const { proxy, kubeconfig } = own.use(await proxiedCluster((await installed(own)).folder))
  const installation = await installed(own, kubeconfig)
  own.use(await startInProcess(installation))
  const project = await openProject(installation, { git, files })
  await project.untilSynced(project.first)
  proxy.blackHole()
  await view.patch(path(project, 'a'), { data: { x: '2' } })
  await untilLost(installation)
  proxy.resume()
  expect(await project.untilEvent('DriftDetected')).toMatchObject(modified)
})

test('what drifts while every watch is too old is found by the lists in between', async () => {
  await using own = new AsyncDisposableStack()
  const proxy = own.use(await apiProxy())
  const installation = await installed(own, proxy.kubeconfig)
  const gone = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 }
  proxy.intercept(({ path: asked }) => (asked.includes('watch=true') ? { status: 410, body: gone } : undefined))
  own.use(await startInProcess(installation))
  const project = await openProject(installation, { git, files, sync_policy: { health_check: { enabled: false } } })
  await project.untilSynced(project.first)
  await view.patch(path(project, 'a'), { data: { x: '2' } })
  expect(await project.untilEvent('DriftDetected')).toMatchObject(modified)
  await view.patch(path(project, 'a'), { data: { x: '1' } })
  expect(await project.untilEvent('DriftHealed')).toMatchObject({ how: 'itself', left: 0 })
})
