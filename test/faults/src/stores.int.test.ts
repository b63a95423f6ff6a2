import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openInstallation, openProject, operatorOf, type Installation, type Project } from '@plimsoll/e2e'
import { findOrBuildTool, startNats, startPostgres, type Nats, type Postgres } from '@plimsoll/embedded'
import { head, readLog } from '@plimsoll/event-log'
import { cluster, gitHttpServer, until, type GitHttpServer } from '@plimsoll/harness'
import { openJetStream } from '@plimsoll/jetstream'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startAll } from './all-services.ts'
import { manyObjects, valuesOf } from './many-objects.ts'
import { proxiedCluster, type ProxiedCluster } from './proxied-cluster.ts'
import { faultsOfLog } from './sound-log.ts'

const stack = new AsyncDisposableStack()
const count = 60
let folder: string
let postgres: Postgres
let nats: Nats
let installation: Installation
let git: GitHttpServer
let proxied: ProxiedCluster
const view = stack.use(cluster())

const openPostgres = () => startPostgres({ folder: join(folder, 'postgres') })
const openNats = async () =>
  startNats({ folder: join(folder, 'nats'), binary: (await findOrBuildTool('nats-server')).path })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-stores-'))
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  ;[postgres, nats] = await Promise.all([openPostgres(), openNats()])
  stack.defer(() => postgres.stop())
  stack.defer(() => nats.stop())
  const opened = stack.use(await openInstallation({ postgresUrl: postgres.url, natsUrl: nats.url }))
  proxied = stack.use(await proxiedCluster(opened.folder))
  installation = { ...opened, kubeconfig: proxied.kubeconfig }
  await operatorOf(installation).startAutoSync()
  stack.use(await startAll(installation, { PLIMSOLL_LEASE_MS: '18000' }))
  git = stack.use(await gitHttpServer())
})
afterEach(() => proxied.proxy.resume())
afterAll(() => stack.disposeAsync())

/** A project in the middle of the sync of its second commit. */
async function projectInMidSync(): Promise<{ readonly project: Project; readonly second: string }> {
  const project = await openProject(installation, { git, files: manyObjects(count, '1') })
  await project.untilSynced(project.first)
  proxied.proxy.delay(50)
  const second = await project.push(manyObjects(count, '2'))
  await until(async () => (await valuesOf(view, project))['2'], { what: 'the sync has begun', timeoutMs: 150_000 })
  return { project, second }
}

/** What the cluster holds after the sync in which something broke and after the next one, and what is wrong with the log. */
async function whatFollows(project: Project, second: string) {
  await project.untilSynced(second)
  const afterSecond = await valuesOf(view, project)
  proxied.proxy.resume()
  await project.untilSynced(await project.push(manyObjects(count, '3')))
  return { afterSecond, afterThird: await valuesOf(view, project), faults: await faultsOfLog(installation) }
}

const asIfNothing = { afterSecond: { '2': count }, afterThird: { '3': count }, faults: [] }

/** Waits until the event stream reaches the head of the log; the messages that are not the event of their position. */
async function strangersInStream(): Promise<readonly number[]> {
  await using js = await openJetStream({ url: nats.url, prefix: installation.natsPrefix, name: 'test' })
  const state = async () =>
    (await js.manager.streams.list(`${installation.natsPrefix}.events.>`).next())[0] ??
    Promise.reject(new Error('none'))
  const whole = async () => (await state()).state.last_seq === (await head(installation.log)).position
  await until(whole, { what: 'the event stream reaches the head of the log', timeoutMs: 150_000 })
  const { config, state: range } = await state()
  const events = await readLog(installation.log, { after: range.first_seq - 1, limit: range.messages + 1 })
  const strange = await Promise.all(
    events.map(async ({ position, eventId }) => {
      const message = await js.manager.streams.getMessage(config.name, { seq: position })
      return message?.header.get('Nats-Msg-Id') === eventId ? [] : [position]
    }),
  )
  return range.messages === events.length ? strange.flat() : [range.messages]
}

test('a Postgres that is restarted in mid-sync loses nothing', async () => {
  const { project, second } = await projectInMidSync()
  await postgres.stop()
  postgres = await openPostgres()
  expect(await whatFollows(project, second)).toEqual(asIfNothing)
})

test('a nats-server that is restarted in mid-sync loses nothing', async () => {
  const { project, second } = await projectInMidSync()
  await nats.stop()
  nats = await openNats()
  expect(await whatFollows(project, second)).toEqual(asIfNothing)
  expect(await strangersInStream()).toEqual([])
})

test('while nats-server is away commits are synced all the same', async () => {
  const project = await openProject(installation, { git, files: manyObjects(3, '1') })
  await project.untilSynced(project.first)
  await nats.stop()
  await project.untilSynced(await project.push(manyObjects(3, '2')))
  expect(await valuesOf(view, project)).toEqual({ '2': 3 })
  nats = await openNats()
  await project.untilSynced(await project.push(manyObjects(3, '3')))
  expect(await strangersInStream()).toEqual([])
})

test('a JetStream that lost everything is filled again, with the same sequence numbers', async () => {
  const { project, second } = await projectInMidSync()
  await nats.stop()
  await rm(join(folder, 'nats', 'streams'), { recursive: true })
  nats = await openNats()
  expect(await whatFollows(project, second)).toEqual(asIfNothing)
  expect(await strangersInStream()).toEqual([])
})

test('an event stream that someone deletes under running services is made again', async () => {
  const { project, second } = await projectInMidSync()
  await using js = await openJetStream({ url: nats.url, prefix: installation.natsPrefix, name: 'test' })
  const [stream] = await js.manager.streams.list(`${installation.natsPrefix}.events.>`).next()
  await js.manager.streams.delete(stream?.config.name ?? '')
  expect(await whatFollows(project, second)).toEqual(asIfNothing)
  expect(await strangersInStream()).toEqual([])
})
