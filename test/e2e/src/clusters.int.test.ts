import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { clusterDecider, clusterStream } from '@plimsoll/domain'
import { readStream } from '@plimsoll/event-log'
import {
  anotherCluster,
  cluster as openView,
  gitHttpServer,
  tcpProxy,
  until,
  type AnotherCluster,
  type Cluster,
  type GitHttpServer,
  type TcpProxy,
} from '@plimsoll/harness'
import { readGivenKubeconfig, type GivenAccess } from '@plimsoll/kubernetes'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  configMap,
  configMapPath,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  patienceMs,
  startInProcess,
  type Installation,
  type Operator,
  type Project,
} from './index.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let operator: Operator
let git: GitHttpServer
let east: AnotherCluster
let proxy: TcpProxy
let access: GivenAccess
let inEast: Cluster
const here = stack.use(openView())

beforeAll(async () => {
  installation = stack.use(await openInstallation())
  operator = operatorOf(installation)
  await operator.startAutoSync()
  stack.use(await startInProcess(installation))
  git = stack.use(await gitHttpServer())
  east = stack.use(await anotherCluster())
  proxy = stack.use(await tcpProxy({ port: east.port }))
  inEast = stack.use(openView(east.kubeconfig))
  const given = await readGivenKubeconfig(await readFile(east.kubeconfig, 'utf8'), undefined)
  access = { ...given, server: `https://127.0.0.1:${proxy.port}` }
  // The services run already, and none of them is told.
  await operator.registerCluster('east', access)
}, 300_000)
afterEach(() => proxy.resume())
afterAll(() => stack.disposeAsync())

const files = (x: string) => ({ 'a.yaml': documents(configMap('a', { x })) })
const ofEast = async () =>
  (await readStream(installation.log, clusterStream('east'))).map((stored) => clusterDecider.decode(stored))

async function projectIn(cluster: 'default' | 'east'): Promise<Project> {
  if (cluster === 'default') return openProject(installation, { git, files: files('1') })
  const namespace = `east-${randomBytes(5).toString('hex')}`
  const destination = { cluster, namespace, create_namespace: true }
  const project = await openProject(installation, { git, files: files('1'), destination })
  return { ...project, namespace }
}

/** How long it takes from a commit to the end of its sync, in milliseconds. */
async function timeToSync(project: Project, x: string): Promise<number> {
  const start = performance.now()
  await project.untilSynced(await project.push(files(x)))
  return performance.now() - start
}

test('each workflow writes to the cluster that it names, which is known without a restart', async () => {
  const [own, other] = await Promise.all([projectIn('default'), projectIn('east')])
  await Promise.all([own.untilSynced(own.first), other.untilSynced(other.first)])
  expect(await here.get(configMapPath(own.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  expect(await inEast.get(configMapPath(other.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  expect(await here.get(configMapPath(other.namespace, 'a'))).toBeUndefined()
  expect(await inEast.get(configMapPath(own.namespace, 'a'))).toBeUndefined()
  const reached = await until(async () => (await ofEast()).find(({ type }) => type === 'ClusterReached'), {
    what: 'east is reached',
    timeoutMs: patienceMs,
  })
  expect(reached.data).toMatchObject({ version: expect.stringMatching(/^1\./) as string })
})

test.each(['cut', 'blackHole'] as const)(
  'a cluster that is away (%s) holds up its own workflows, however many, and no others',
  { timeout: 600_000 },
  async (how) => {
    // More than are planned at once.
    const [own, ...others] = await Promise.all([
      projectIn('default'),
      ...Array.from({ length: 6 }, () => projectIn('east')),
    ])
    await Promise.all([own, ...others].map((project) => project.untilSynced(project.first)))
    const before = await ofEast()
    const usualMs = await timeToSync(own, '1.1')
    proxy[how]()
    const pushed = await Promise.all(others.map((project) => project.push(files('2'))))
    for (const x of ['2', '3']) expect(await timeToSync(own, x)).toBeLessThan(usualMs + Math.max(8_000, 5 * usualMs))
    const lost = async () => (await ofEast()).slice(before.length).find(({ type }) => type === 'ClusterLost')
    await until(lost, { what: 'its loss is recorded', timeoutMs: patienceMs })
    proxy.resume()
    await until(async () => (await ofEast()).at(-1)?.type === 'ClusterReached', {
      what: 'its return is recorded',
      timeoutMs: patienceMs,
    })
    await Promise.all(others.map((project, at) => project.untilSynced(pushed[at] ?? '')))
    for (const { namespace } of others)
      expect(await inEast.get(configMapPath(namespace, 'a'))).toMatchObject({ data: { x: '2' } })
  },
)

test('a token that is no longer taken holds up its own workflows, and they go on with another one', async () => {
  const [own, other] = await Promise.all([projectIn('default'), projectIn('east')])
  await Promise.all([own.untilSynced(own.first), other.untilSynced(other.first)])
  await operator.registerCluster('east', { ...access, credential: { type: 'token', token: 'expired' } })
  const second = await other.push(files('2'))
  await timeToSync(own, '2')
  const lost = async () => {
    const { type, data } = (await ofEast()).at(-1) ?? {}
    return type === 'ClusterLost' && /unauthorized/i.test((data as { message: string }).message)
  }
  await until(lost, { what: 'it is told that nobody is known there', timeoutMs: patienceMs })
  await operator.registerCluster('east', access)
  await other.untilSynced(second)
  expect(await inEast.get(configMapPath(other.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
})

test('a cluster that is removed is left alone, and one that is killed holds up nobody else', async () => {
  const [own, other] = await Promise.all([projectIn('default'), projectIn('east')])
  await Promise.all([own.untilSynced(own.first), other.untilSynced(other.first)])
  await east[Symbol.asyncDispose]()
  const second = await other.push(files('2'))
  await timeToSync(own, '2')
  await operator.removeCluster('east')
  await until(() => proxy.connections() === 0, { what: 'nobody connects any more', timeoutMs: patienceMs })
  const failed = await other.untilEvent('PlanFailed', ({ revision }) => revision === second)
  expect(failed.message).toContain('this installation knows default')
  const rows = () => installation.log.db.selectFrom('live_object').selectAll().where('cluster', '=', 'east').execute()
  await until(async () => (await rows()).length === 0, { what: 'what was seen there is forgotten' })
})
