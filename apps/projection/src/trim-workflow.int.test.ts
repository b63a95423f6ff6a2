import { historyFold, summarize, workflowConfig, workflowDecider, type WorkflowEvent } from '@plimsoll/domain'
import {
  append,
  collectBlobs,
  ConcurrencyError,
  foldStream,
  getBlobs,
  migrate,
  openEventLog,
  putBlob,
  readStream,
  type EventLog,
} from '@plimsoll/event-log'
import { freshDatabase } from '@plimsoll/harness'
import { sql } from 'kysely'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trimWorkflow } from './trim-workflow.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let log: EventLog
beforeAll(async () => {
  database = await freshDatabase()
  log = openEventLog({ url: database.url })
  await migrate(log)
})
afterAll(async () => {
  await log[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const day = 86_400_000
const inAYear = () => Date.now() + 365 * day
const metrics = {
  duration_ms: 1,
  resources_processed: 1,
  resources_applied: 1,
  resources_skipped: 0,
  conflicts_resolved: 0,
}

async function record(stream: string, ...events: readonly WorkflowEvent[]): Promise<void> {
  const { version } = await foldStream(log, stream, workflowDecider)
  const cause = { commandId: randomUUID(), actor: 'test' }
  await append(log, { stream, expectedVersion: version, events: events.map(workflowDecider.encode), cause })
}

const body = (text: string) => putBlob(log, Buffer.from(text.repeat(100)))

async function created(stream: string): Promise<void> {
  const config = workflowConfig({ id: stream.slice('workflow-'.length), repository: 'shop' })
  if (!config.ok) throw new Error('the example is wrong')
  await record(stream, { type: 'WorkflowCreated', data: config.value })
}

/** A sync with bodies of its own; answers their digests by what they are. */
async function synced(stream: string, id: string) {
  const digests = {
    plan: await body(`${stream} plan ${id}`),
    steps: await body(`${stream} steps ${id}`),
    manifest_set: await body(`${stream} set ${id}`),
    backup: await body(`${stream} backup ${id}`),
    inventory: await body(`${stream} inventory ${id}`),
  }
  const { plan, steps, manifest_set, backup, inventory } = digests
  const asked = { sync_id: id, trigger: 'manual', revision: id, plan: null, by: null, prune_kept: false } as const
  const source = { revision: id, tree: id, paths: ['.'], manifest_set }
  const summary = summarize({ changes: [], conflicts: [], warnings: [] })
  await record(
    stream,
    { type: 'SyncRequested', data: asked },
    { type: 'PlanMade', data: { ...source, plan, steps, digest: id, objects: id, summary, sync_id: id } },
    {
      type: 'SyncStarted',
      data: { sync_id: id, revision: id, attempt: 1, plan, steps, manifest_set, backup, inventory, resources: 1 },
    },
    { type: 'SyncSucceeded', data: { ...source, sync_id: id, inventory, message: '', metrics, healthy: true } },
  )
  return digests
}

async function kept(digests: object): Promise<readonly string[]> {
  const found = await getBlobs(log, Object.values(digests) as string[])
  return Object.entries(digests)
    .filter(([, digest]) => found.has(digest as string))
    .map(([what]) => what)
    .toSorted()
}

async function collect(): Promise<void> {
  await sql`update blob set touched_at = now() - interval '2 hours'`.execute(log.db)
  while ((await collectBlobs(log, 0)) > 0);
}

test('what the rule does not keep goes, what it needs stays, and the log says what went', async () => {
  const stream = 'workflow-shop'
  await created(stream)
  const syncs = []
  for (const id of ['s1', 's2', 's3', 's4']) syncs.push(await synced(stream, id))
  const before = await readStream(log, stream)
  const policy = { ageMs: 30 * day, count: 2 }
  expect(await trimWorkflow(log, stream, policy)).toMatchObject({ isMore: false })
  expect(await readStream(log, stream)).toEqual(before)

  await trimWorkflow(log, stream, policy, inAYear())
  await collect()
  expect(await Promise.all(syncs.map(kept))).toEqual([
    [],
    // What the oldest sync that is kept can be rolled back to.
    ['inventory', 'manifest_set'],
    ['backup', 'inventory', 'manifest_set', 'plan', 'steps'],
    ['backup', 'inventory', 'manifest_set', 'plan', 'steps'],
  ])
  const [trimmed, ...more] = (await readStream(log, stream)).slice(before.length)
  expect(more).toEqual([])
  const third = before.find(({ data }) => (data as { sync_id?: string }).sync_id === 's3')
  expect(trimmed).toMatchObject({
    type: 'HistoryTrimmed',
    actor: 'retention',
    data: { blobs: 8, age_ms: 30 * day, count: 2, syncs_before: expect.any(String) as unknown },
  })
  const told = trimmed?.data as { readonly bytes: number; readonly syncs_before: string } | undefined
  expect(told?.bytes).toBeGreaterThan(8 * 20)
  expect(Date.parse(told?.syncs_before ?? '')).toBeGreaterThanOrEqual(third?.recordedAt.getTime() ?? Number.NaN)
  const { state } = await foldStream(log, stream, historyFold)
  expect(state.done.map(({ id }) => id)).toEqual(['s3', 's4'])
  expect(state.workflow.applied?.revision).toBe('s4')

  await trimWorkflow(log, stream, policy, inAYear())
  expect(await readStream(log, stream)).toHaveLength(before.length + 1)
})

test('what frees no body is not recorded', async () => {
  const stream = 'workflow-still'
  await created(stream)
  await synced(stream, 's1')
  const before = await readStream(log, stream)
  await trimWorkflow(log, stream, { ageMs: day, count: 1 }, inAYear())
  expect(await readStream(log, stream)).toEqual(before)
})

test('two that trim at once record it once, and what is recorded meanwhile loses nothing that it needs', async () => {
  const stream = 'workflow-raced'
  await created(stream)
  for (const id of ['s1', 's2', 's3', 's4', 's5']) await synced(stream, id)
  const policy = { ageMs: day, count: 1 }
  const trim = () =>
    trimWorkflow(log, stream, policy, inAYear()).catch((error: unknown) => {
      if (!(error instanceof ConcurrencyError)) throw error
    })
  await Promise.all([trim(), trim(), trim(), trim()])
  const types = (await readStream(log, stream)).map(({ type }) => type)
  expect(types.filter((type) => type === 'HistoryTrimmed')).toHaveLength(1)

  const writer = (async () => {
    for (const id of ['s6', 's7', 's8']) await synced(stream, id)
  })()
  const trimmer = (async () => {
    for (let turn = 0; turn < 10; turn += 1) await trim()
  })()
  await Promise.allSettled([writer, trimmer])
  await collect()
  const { state } = await foldStream(log, stream, historyFold)
  const newest = state.done.at(-1)
  const needed = [newest?.manifest_set, newest?.steps, ...(newest?.backups ?? []), state.workflow.inventory]
  expect(await kept(needed)).toHaveLength(4)
})

test('a body is lost with its record or not at all', async () => {
  const stream = 'workflow-crash'
  await created(stream)
  for (const id of ['s1', 's2', 's3']) await synced(stream, id)
  const references = () => sql`select * from event_blob`.execute(log.db).then(({ rows }) => rows.length)
  const before = await references()
  await sql`create function no_trim() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$`.execute(
    log.db,
  )
  await sql`create trigger no_trim before delete on event_blob execute function no_trim()`.execute(log.db)
  await expect(trimWorkflow(log, stream, { ageMs: day, count: 1 }, inAYear())).rejects.toThrow('cut off')
  await sql`drop trigger no_trim on event_blob`.execute(log.db)
  expect(await references()).toBe(before)
  expect((await readStream(log, stream)).map(({ type }) => type)).not.toContain('HistoryTrimmed')
  await trimWorkflow(log, stream, { ageMs: day, count: 1 }, inAYear())
  expect(await references()).toBeLessThan(before)
})
