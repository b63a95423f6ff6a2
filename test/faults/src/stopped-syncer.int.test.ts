import { randomBytes } from 'node:crypto'
import { workflowStream } from '@plimsoll/domain'
import {
  configMap,
  configMapPath,
  customResourceDefinition,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  startService,
} from '@plimsoll/e2e'
import { workOf } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until, type Cluster } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { proxiedCluster } from './proxied-cluster.ts'
import { faultsOfLog } from './sound-log.ts'

const count = 40
const patience = { timeoutMs: 200_000 }
const silenceMs = 120_000

/** Objects of a kind that nobody else uses, so that the API server's own count of answers is about them alone. */
function gadgets(group: string, x: string): Readonly<Record<string, string>> {
  const objects = Array.from({ length: count }, (_, index) => ({
    apiVersion: `${group}/v1`,
    kind: 'Gadget',
    metadata: { name: `gadget-${index}` },
    spec: { size: Number(x) },
  }))
  return { 'gadgets.yaml': documents(...objects) }
}

async function defineGadgets(view: Cluster, group: string): Promise<void> {
  await view.apply(
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${group}`,
    customResourceDefinition(group),
  )
  const served = async () => (await view.request('GET', `/apis/${group}/v1`)).status === 200
  await until(served, { what: 'the kind is served', ...patience })
}

/** How often the API server answered 409 to an apply of a group's objects. */
async function conflicts(view: Cluster, group: string): Promise<number> {
  const { body } = await view.request('GET', '/metrics')
  const lines = String(body)
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_request_total{') && line.includes(`group="${group}"`) && line.includes('code="409"'),
    )
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

test('a syncer that is stopped past its lease and wakes up late changes nothing of what another one wrote meanwhile', async () => {
  await using installation = await openInstallation()
  await using late = await proxiedCluster(installation.folder)
  await using git = await gitHttpServer()
  using view = cluster()
  const group = `g${randomBytes(4).toString('hex')}.example.com`
  await defineGadgets(view, group)
  await operatorOf(installation).startAutoSync()
  const lease = { PLIMSOLL_LEASE_MS: '18000' }
  await using stack = new AsyncDisposableStack()
  await Promise.all(
    (['projection', 'poller', 'differ'] as const).map(async (name) =>
      stack.use(await startService(installation, name)),
    ),
  )
  // Longer than the other one takes to start.
  const long = { PLIMSOLL_LEASE_MS: '60000' }
  const stopped = stack.use(await startService({ ...installation, kubeconfig: late.kubeconfig }, 'syncer', long))
  const project = await openProject(installation, { git, files: gadgets(group, '1') })
  await project.untilSynced(project.first)

  const path = `/apis/${group}/v1/namespaces/${project.namespace}/gadgets`
  const values = async () => {
    const all = (await view.list(path)).map((object) => (object['spec'] as { size: number }).size)
    return Object.fromEntries([...Map.groupBy(all, (value) => value)].map(([value, same]) => [value, same.length]))
  }
  // In the middle of the second commit: its next writes are on their way, and it is stopped.
  late.proxy.delay(400)
  const second = await project.push(gadgets(group, '2'))
  await until(async () => (await values())['2'], { what: 'the sync has begun', intervalMs: 5, ...patience })
  late.proxy.hold()
  const heldSince = performance.now()
  await until(() => late.proxy.held() > 0, { what: 'writes are on their way', ...patience })
  stopped.signal('SIGSTOP')
  expect((await values())['1']).toBeGreaterThan(0)

  // Another replica goes on when the lease is over; a workflow of its own it serves at once.
  const other = stack.use(await startService(installation, 'syncer', lease))
  const elsewhere = await openProject(installation, { git, files: { 'a.yaml': documents(configMap('a', { x: '1' })) } })
  await elsewhere.untilSynced(elsewhere.first)
  expect(await view.get(configMapPath(elsewhere.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  expect(await workOf(installation.log, 'write', workflowStream(project.id))).toMatchObject({ owner: stopped.replica })
  await project.untilSynced(second)
  expect(await values()).toEqual({ '2': count })

  const before = await view.list(path)
  const refused = await conflicts(view, group)
  late.proxy.resume()
  // An API server ends a connection on which it heard nothing for 90 seconds: on a slow machine what was held is read by nobody.
  const isHeard = async () => (await conflicts(view, group)) > refused || performance.now() - heldSince > silenceMs
  await until(isHeard, { what: 'the late writes are refused', ...patience })
  stopped.signal('SIGCONT')
  // It is alive again when it does work that nobody else can do.
  await other[Symbol.asyncDispose]()
  await elsewhere.untilSynced(await elsewhere.push({ 'a.yaml': documents(configMap('a', { x: '2' })) }))
  expect(await workOf(installation.log, 'write', workflowStream(elsewhere.id))).toMatchObject({
    owner: stopped.replica,
  })

  expect(await view.list(path)).toEqual(before)
  const third = await project.push(gadgets(group, '3'))
  await project.untilSynced(third)
  expect(await values()).toEqual({ '3': count })
  const ends = (await project.events()).filter(({ type }) => type === 'SyncSucceeded' || type === 'SyncFailed')
  expect(ends.map(({ type, data }) => [type, 'revision' in data && data.revision])).toEqual([
    ['SyncSucceeded', project.first],
    ['SyncSucceeded', second],
    ['SyncSucceeded', third],
  ])
  expect(await faultsOfLog(installation)).toEqual([])
})
