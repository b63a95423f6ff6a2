import { randomUUID } from 'node:crypto'
import {
  configMap,
  documents,
  openGitOpsClient,
  openInstallation,
  openProject,
  operatorOf,
  type Installation,
} from '@plimsoll/e2e'
import { cluster, gitHttpServer, until, type GitHttpServer } from '@plimsoll/harness'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startAll, type AllServices } from './all-services.ts'
import { manyObjects, valuesOf } from './many-objects.ts'
import { proxiedCluster, type ProxiedCluster } from './proxied-cluster.ts'
import { faultsOfLog } from './sound-log.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let services: AllServices
let git: GitHttpServer
let proxied: ProxiedCluster
const view = stack.use(cluster())

beforeAll(async () => {
  const opened = stack.use(await openInstallation())
  proxied = stack.use(await proxiedCluster(opened.folder))
  installation = { ...opened, kubeconfig: proxied.kubeconfig }
  await operatorOf(installation).startAutoSync()
  services = stack.use(await startAll(installation, { PLIMSOLL_LEASE_MS: '18000' }))
  git = stack.use(await gitHttpServer())
})
afterEach(() => proxied.proxy.resume())
afterAll(() => stack.disposeAsync())

test.each(['poller', 'differ', 'projection', 'syncer'] as const)(
  'a %s that is killed in mid-sync and started again leaves the same end as one that was not',
  async (name) => {
    const count = 60
    const project = await openProject(installation, {
      git,
      files: manyObjects(count, '1'),
      sync_policy: { auto_prune: true, prune_budget: 100 },
    })
    await project.untilSynced(project.first)
    proxied.proxy.delay(300)
    const second = await project.push(manyObjects(count, '2'))
    await until(async () => (await valuesOf(view, project))['2'], { what: 'the sync has begun', timeoutMs: 150_000 })
    await services.kill(name)
    expect((await valuesOf(view, project))['1']).toBeGreaterThan(0)
    const third = await project.push({ 'more.yaml': documents(configMap('more', { x: '1' })) })
    proxied.proxy.resume()
    await services.start(name)

    await project.untilSynced(third)
    expect(await valuesOf(view, project)).toEqual({ '2': count })
    const ends = (await project.events()).filter(({ type }) => type === 'SyncSucceeded' || type === 'SyncFailed')
    expect(ends.map(({ type, data }) => [type, 'revision' in data && data.revision])).toEqual([
      ['SyncSucceeded', project.first],
      ['SyncSucceeded', second],
      ['SyncSucceeded', third],
    ])
    // Nothing of what was written before the end is forgotten: all of it can be pruned.
    await project.untilSynced(await project.push({ 'many.yaml': null }))
    expect(await valuesOf(view, project)).toEqual({})
    expect(await faultsOfLog(installation)).toEqual([])
  },
)

test('an api that is killed while a client waits for a sync stops nothing, and the same command later tells the end', async () => {
  const project = await openProject(installation, { git, files: manyObjects(60, '1'), auto_sync: false })
  await project.untilEvent('PlanMade')
  proxied.proxy.delay(300)
  const command = { workflowId: project.id, commandId: randomUUID() }
  const first = await openGitOpsClient(installation, services.of('api'))
  const outcome = first.syncWorkflow(command).then(
    () => 'answered',
    () => 'broken off',
  )
  await until(async () => (await valuesOf(view, project))['1'], { what: 'the sync has begun', timeoutMs: 150_000 })
  await services.kill('api')
  expect(await outcome).toBe('broken off')
  await services.start('api')

  const again = await openGitOpsClient(installation, services.of('api'))
  const answer = await again.syncWorkflow(command)
  expect(answer).toMatchObject({ succeeded: true, result: { metrics: { resourcesApplied: 60 } } })
  expect(await valuesOf(view, project)).toEqual({ '1': 60 })
  const asked = (await project.events()).filter(({ type }) => type === 'SyncRequested')
  expect(asked).toHaveLength(1)
})
