import {
  repositoryConfig,
  workflowConfig,
  workflowStatus,
  type Repository,
  type System,
  type WorkflowRow,
} from '@plimsoll/domain'
import { startPostgres } from '@plimsoll/embedded'
import { head, listRows, migrate, openEventLog, readLog, readRow, workOf } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { consume } from '@plimsoll/jetstream'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environmentOf, startProcess } from '../test/process.ts'
import { isComplete, lastStored, openSetting, settingOn, stored, type Setting } from '../test/setting.ts'
import { codeHash } from './code-hash.ts'

const rowAt = (setting: Setting, stream: string, version: number) =>
  until(
    async () => {
      const row = await readRow(setting.log, 'status', stream)
      return row?.version === version ? row : undefined
    },
    { what: `the row of ${stream} is at version ${version}` },
  )

test('each stream has a row with what the domain folds from it', async () => {
  await using setting = await openSetting()
  await using projection = await setting.start()
  const repository = repositoryConfig({ id: 'shop', url: 'https://git.example/shop.git' })
  const workflow = workflowConfig({ id: 'web', repository: 'shop', target_path: 'k8s' })
  if (!repository.ok || !workflow.ok) throw new Error('the examples are wrong')
  await setting.record('repository-shop', 1, { type: 'RepositoryRegistered', data: repository.value })
  await setting.record('workflow-web', 1, { type: 'WorkflowCreated', data: workflow.value })
  await setting.record('system', 1, { type: 'AutoSyncStarted', data: {} })
  await setting.record('workflow-web', 1, { type: 'WorkflowDeleted', data: { cascade: false } })

  const deleted = await rowAt(setting, 'workflow-web', 2)
  expect(deleted).toMatchObject({ key: 'workflow-web', position: 4 })
  expect(workflowStatus(deleted.body as WorkflowRow)).toBeUndefined()
  expect((await rowAt(setting, 'repository-shop', 1)).body as Repository).toMatchObject({
    config: { id: 'shop' },
    head: null,
  })
  expect((await rowAt(setting, 'system', 1)).body as System).toEqual({ autoSync: true })
  await setting.record('workflow-web', 1, { type: 'WorkflowCreated', data: workflow.value })
  const created = await rowAt(setting, 'workflow-web', 3)
  expect(workflowStatus(created.body as WorkflowRow)).toMatchObject({
    id: 'web',
    status: 'active',
    reason: 'Never synced.',
  })
  await setting.record('workflow-web', 1, {
    type: 'SyncRequested',
    data: { sync_id: 's1', trigger: 'manual', revision: null, plan: null },
  })
  const syncing = await rowAt(setting, 'workflow-web', 4)
  const [requested] = await readLog(setting.log, { after: 5, limit: 1 })
  expect(syncing.body).toMatchObject({ startTime: requested?.recordedAt.toISOString(), endTime: null })
  expect(projection.ready()).toEqual([])
})

test('a replica that meets an unknown event stops folding and is not ready, sequencer and relay go on', async () => {
  await using setting = await openSetting()
  await using projection = await setting.start()
  await setting.record('repository-a', 1)
  await rowAt(setting, 'repository-a', 1)
  await setting.record('workflow-b', 1, { type: 'MoonPhaseObserved' })
  await setting.record('repository-a', 3)
  await until(() => projection.ready().length > 0, { what: 'the replica is not ready' })
  expect(projection.ready().join()).toMatch(
    /^read model: the log holds MoonPhaseObserved in schema version 1.* \(position 2, workflow-b\)$/,
  )
  expect(projection.live()).toEqual([])
  await until(async () => (await lastStored(setting.js)) === 5, { what: 'the relay goes on' })
  await setting.record('repository-a', 1)
  await until(async () => (await lastStored(setting.js)) === 6, { what: 'the relay goes on with what comes later' })
  expect(await readRow(setting.log, 'status', 'repository-a')).toMatchObject({ version: 1 })
  expect(await workOf(setting.log, `projection:status:${await codeHash()}`, 'status')).toMatchObject({
    claimed: false,
    parked: null,
  })
})

test('a stream of a kind that is not known stops folding as an unknown event does', async () => {
  await using setting = await openSetting()
  await using projection = await setting.start()
  await setting.record('moon-a', 1)
  await until(() => projection.ready().length > 0, { what: 'the replica is not ready' })
  expect(await listRows(setting.log, 'status', { limit: 10 })).toEqual([])
})

test('of two processes the one that leads is killed under load: nothing is lost, doubled or out of order', async () => {
  await using setting = await openSetting()
  await using first = startProcess(environmentOf(setting))
  await until(() => first.output().includes('orders and relays the log'), { what: 'the first process leads' })
  await using second = startProcess(environmentOf(setting))
  await until(() => second.output().includes('projection is up'), { what: 'the second process is up' })
  const streams = ['repository-a', 'repository-b', 'repository-c']
  const load = Promise.all(streams.map((stream) => setting.record(stream, 200)))
  await until(async () => (await lastStored(setting.js)) > 100, { what: 'events flow' })
  await first.end('SIGKILL')
  await load
  await until(async () => (await lastStored(setting.js)) === 600, { what: 'all events are in the stream' })
  expect(isComplete(await stored(setting.js), 1, 600)).toBe(true)
  for (const stream of streams) await rowAt(setting, stream, 200)
  for (const stream of streams) {
    const versions = (await readLog(setting.log, { after: 0, limit: 1_000, stream })).map(({ version }) => version)
    expect(versions).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
  }
  expect(await second.end('SIGTERM')).toBe(0)
})

test('a process answers its probes and ends in order on SIGTERM', async () => {
  await using setting = await openSetting()
  await using service = startProcess({ ...environmentOf(setting), PLIMSOLL_PROBE_PORT: '0' })
  const port = await until(() => /"probes":(\d+)/.exec(service.output())?.[1], { what: 'the process tells its port' })
  for (const path of ['livez', 'readyz']) {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/${path}`)).ok, { what: `/${path} answers ok` })
  }
  expect(await service.end('SIGTERM')).toBe(0)
  expect(service.error()).toBe('')
})

test('a process without its settings says which are missing', async () => {
  await using service = startProcess({ PLIMSOLL_STREAM_REPLICAS: 'three' })
  expect(await service.exited).toBe(1)
  expect(service.error()).toContain('PLIMSOLL_POSTGRES_URL is not set')
  expect(service.error()).toContain('PLIMSOLL_NATS_URL is not set')
  expect(service.error()).toContain(
    'PLIMSOLL_STREAM_REPLICAS is wrong (5 characters given): expected how many NATS servers',
  )
})

test('a restart of Postgres is survived, and told meanwhile', async () => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-postgres-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  let postgres = await startPostgres({ folder, durable: false })
  stack.defer(() => postgres.stop())
  const log = stack.use(openEventLog({ url: postgres.url }))
  await migrate(log)
  const setting = stack.use(await settingOn(log))
  const projection = stack.use(await setting.start())
  await setting.record('repository-a', 10)
  await until(async () => (await lastStored(setting.js)) === 10, { what: 'the stream ends at 10' })

  await postgres.stop()
  await until(() => projection.ready().length > 0, { what: 'the projection says that Postgres is away' })
  postgres = await startPostgres({ folder, durable: false })
  await setting.record('repository-a', 10)
  await until(async () => (await lastStored(setting.js)) === 20, { what: 'the stream ends at 20' })
  await rowAt(setting, 'repository-a', 20)
  await until(() => projection.ready().length === 0, { what: 'the projection is ready again' })
  await until(projection.leads, { what: 'it leads again' })
  expect((await head(log)).position).toBe(20)
})

test('an append is a message within milliseconds', async () => {
  await using setting = await openSetting()
  await using _ = await setting.start()
  await setting.record('repository-a', 1)
  await until(async () => (await lastStored(setting.js)) === 1, { what: 'the stream is there' })
  const arrivals = new Map<number, number>()
  const controller = new AbortController()
  const consumer = consume(setting.js, {
    durable: 'latency',
    signal: controller.signal,
    handle: async (messages) => {
      for (const { position } of messages) arrivals.set(position, performance.now())
    },
  })
  await until(() => arrivals.has(1), { what: 'the consumer is there' })
  let position = 1
  const median = async () => {
    const taken: number[] = []
    for (let nth = 0; nth < 31; nth += 1) {
      await setting.record('repository-a', 1)
      position += 1
      const appendedAt = performance.now()
      const arrivedAt = await until(() => arrivals.get(position), { what: `message ${position}`, intervalMs: 1 })
      taken.push(arrivedAt - appendedAt)
    }
    return taken.toSorted((a, b) => a - b)[15]
  }
  // The machine may be busy with something else.
  await expect.poll(median).toBeLessThan(250)
  controller.abort()
  await consumer
})
