import {
  brokenDeployment,
  configMap,
  configMapPath,
  deployment,
  documents,
  openInstallation,
  openProject,
  operatorOf,
  type Installation,
  type Project,
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

const count = 60
const patience = { timeoutMs: 200_000, intervalMs: 10 }
const fresh = Array.from({ length: 20 }, (_, nth) => configMap(`fresh-${nth}`, { x: '1' }))

async function openShop(): Promise<Project> {
  const project = await openProject(installation, {
    git,
    files: {
      ...manyObjects(count, '1'),
      'web.yaml': documents(deployment('web')),
      'old.yaml': documents(configMap('old', { x: '1' })),
    },
    rollback_on_failure: true,
    sync_policy: { auto_prune: true, prune_budget: 100, health_check: { timeout: '20s' } },
  })
  await project.untilSynced(project.first)
  return project
}

const pushBad = (project: Project) =>
  project.push({
    ...manyObjects(count, '2'),
    'web.yaml': documents(brokenDeployment('web')),
    'fresh.yaml': documents(...fresh),
    'old.yaml': null,
  })

/** What there is after the rollback; and after a next commit that holds nothing of it, as all of it is known to be ours. */
async function endOf(project: Project): Promise<object> {
  await until(async () => (await project.events()).some(({ type }) => type === 'RollbackSucceeded'), {
    what: 'the rollback ends',
    ...patience,
  })
  const data = async (name: string) => (await view.get(configMapPath(project.namespace, name)))?.['data']
  const items = await valuesOf(view, project)
  const [old, added] = [await data('old'), await data('fresh-7')]
  const ends = (await project.events())
    .map(({ type }) => type)
    .filter((type) => /^(Sync|Rollback)(Succeeded|Failed)$/.test(type))
  const files = {
    'many.yaml': null,
    'web.yaml': null,
    'fresh.yaml': null,
    'old.yaml': documents(configMap('old', { x: '3' })),
  }
  await project.untilSynced(await project.push(files))
  return { items, old, added, ends, pruned: await valuesOf(view, project), faults: await faultsOfLog(installation) }
}

const asWithoutKill = {
  items: { '1': count },
  old: { x: '1' },
  added: undefined,
  ends: ['SyncSucceeded', 'SyncFailed', 'RollbackSucceeded'],
  pruned: {},
  faults: [],
}

test('a rollback service that is killed in mid-rollback and started again leaves the same end', async () => {
  const project = await openShop()
  const bad = await pushBad(project)
  await until(
    async () => (await project.events()).some(({ type, data }) => type === 'SyncStarted' && data.revision === bad),
    {
      what: 'the sync has begun',
      ...patience,
    },
  )
  // Slow enough for the rollback to be met in the middle. It begins when all is applied: what is as before, it has written.
  proxied.proxy.delay(300)
  await project.untilEvent('RollbackStarted')
  await until(async () => (await valuesOf(view, project))['1'], { what: 'the rollback writes', ...patience })
  await services.kill('rollback')
  expect((await valuesOf(view, project))['2']).toBeGreaterThan(0)
  proxied.proxy.resume()
  await services.start('rollback')
  expect(await endOf(project)).toEqual(asWithoutKill)
})

test.each(['SyncFailed', 'RollbackStarted'] as const)(
  'a rollback service that is killed as soon as %s is recorded and started again leaves the same end',
  async (moment) => {
    const project = await openShop()
    await pushBad(project)
    await until(async () => (await project.events()).some(({ type }) => type === moment), {
      what: `${moment} is recorded`,
      ...patience,
    })
    await services.kill('rollback')
    await services.start('rollback')
    expect(await endOf(project)).toEqual(asWithoutKill)
  },
)

test('a syncer that is killed in the middle of a bad commit loses nothing that undoing it takes', async () => {
  const project = await openShop()
  proxied.proxy.delay(50)
  await pushBad(project)
  await until(
    async () =>
      (await view.list(`/api/v1/namespaces/${project.namespace}/configmaps`)).some(({ metadata }) =>
        metadata.name.startsWith('fresh-'),
      ),
    { what: 'the sync has begun to create', ...patience },
  )
  await services.kill('syncer')
  // What others change meanwhile belongs to the state before the sync, as far as the sync has not come to it.
  proxied.proxy.resume()
  await services.start('syncer')
  expect(await endOf(project)).toEqual(asWithoutKill)
})

test('from the log alone: with the Git server and whoever plans gone, a rollback puts everything back', async () => {
  const project = await openShop()
  const second = await project.push({ ...manyObjects(count, '2'), 'fresh.yaml': documents(...fresh), 'old.yaml': null })
  await project.untilSynced(second)
  await git.stop()
  await services.kill('poller')
  await services.kill('differ')
  await operatorOf(installation).rollBack(project.id)
  const done = await project.untilEvent('RollbackSucceeded')
  expect(done).toMatchObject({ revision: project.first, healthy: true })
  expect(await valuesOf(view, project)).toEqual({ '1': count })
  expect(await view.get(configMapPath(project.namespace, 'old'))).toMatchObject({ data: { x: '1' } })
  expect(await view.get(configMapPath(project.namespace, 'fresh-7'))).toBeUndefined()
})
