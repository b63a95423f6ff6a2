import { Code } from '@connectrpc/connect'
import {
  stringifyJson,
  workflowStream,
  type Inventory,
  type InventoryEntry,
  type SyncMetrics,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { putBlob, sealKey } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { GetWorkflowStatusRequestSchema, GetWorkflowStatusResponseSchema, type WorkflowStatus } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { grpcCall } from '../../test/grpc-call.ts'
import { oneCreated } from '../../test/one-created.ts'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'
import { recordWorkflow } from '../../test/workers.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const commit = (digit: string) => digit.repeat(40)
const metrics: SyncMetrics = {
  duration_ms: 1,
  resources_processed: 1,
  resources_applied: 1,
  resources_skipped: 0,
  conflicts_resolved: 0,
}
const entry = (name: string, more: Partial<InventoryEntry> = {}): InventoryEntry => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  digest: 'manifest:1',
  owned: 'fields:1',
  ...more,
})

async function workflow(id: string): Promise<void> {
  await api.gitops.registerRepository({ id, url: `https://git.example.com/${id}.git` })
  await api.gitops.createWorkflow({ workflow: { id, repository: id, targetPath: 'k8s' } })
}

/** Stores an inventory as the syncer does, but keeps nothing of it opened in this process; answers its digest. */
function stored(id: string, ...entries: readonly InventoryEntry[]): Promise<string> {
  const seal = sealKey(api.context.installationKey, `workflow:${id}`)
  return putBlob(api.log, Buffer.from(stringifyJson({ entries } satisfies Inventory)), { seal })
}

async function synced(revision: string, inventory: string): Promise<WorkflowEvent> {
  const manifest_set = await putBlob(api.log, Buffer.from(revision))
  return {
    type: 'SyncSucceeded',
    data: {
      sync_id: `sync-${revision[0]}`,
      revision,
      tree: 't',
      paths: ['.'],
      manifest_set,
      inventory,
      message: 'All applied.',
      metrics,
      healthy: true,
    },
  }
}

const failed = (revision: string): WorkflowEvent => ({
  type: 'SyncFailed',
  data: {
    sync_id: `sync-${revision[0]}`,
    revision,
    stage: 'apply',
    message: 'The API server refused it.',
    faults: [],
    inventory: null,
    metrics,
  },
})

/** Records events, and answers the position of the last. */
async function record(id: string, ...events: readonly WorkflowEvent[]): Promise<number> {
  return positionOf(id, await recordWorkflow(api.log, id, ...events))
}

/** The position of the newest event of a workflow, once it has one. */
async function newest(id: string, log = api.log): Promise<number> {
  const { version } = await log.db
    .selectFrom('stream')
    .select('version')
    .where('id', '=', workflowStream(id))
    .executeTakeFirstOrThrow()
  return positionOf(id, version, log)
}

function positionOf(id: string, version: number, log = api.log): Promise<number> {
  return until(
    async () => {
      const row = await log.db
        .selectFrom('log')
        .innerJoin('event', 'event.id', 'log.id')
        .select('log.position')
        .where('event.stream', '=', workflowStream(id))
        .where('event.version', '=', version)
        .executeTakeFirst()
      return row?.position
    },
    { what: `version ${version} of ${id} has a position` },
  )
}

async function timeOf(position: number): Promise<string> {
  const row = await api.log.db
    .selectFrom('log')
    .select('sequenced_at')
    .where('position', '=', position)
    .executeTakeFirstOrThrow()
  return row.sequenced_at.toISOString()
}

async function statusAt(workflowId: string, at: string): Promise<WorkflowStatus> {
  const { workflow: status } = await api.gitops.getWorkflowStatus({ workflowId, at })
  if (status === undefined) throw new Error('no status was answered')
  return status
}

test('a status of the past is what it was, with the configuration, pause and sync of then', async () => {
  await workflow('past')
  const created = await newest('past')
  const first = await record('past', await synced(commit('1'), await stored('past')))
  await api.gitops.updateWorkflow({ workflow: { id: 'past', targetPath: 'other', autoSync: true } })
  await api.gitops.pauseWorkflow({ workflowId: 'past', reason: 'a fair' })
  const paused = await newest('past')
  const last = await record('past', failed(commit('2')))
  await api.gitops.resumeWorkflow({ workflowId: 'past' })

  expect(await statusAt('past', `@${created}`)).toMatchObject({
    status: 'active',
    reason: 'Never synced.',
    revision: '',
    targetPath: 'k8s',
    autoSync: false,
    conditions: [],
  })
  const then = await statusAt('past', `@${first}`)
  expect(then).toMatchObject({ status: 'synced', revision: commit('1'), config: { targetPath: 'k8s' } })
  expect(then.lastSyncResult).toMatchObject({ id: 'sync-1', status: 'succeeded', message: 'All applied.' })
  expect(then.lastSyncResult?.endTime).toBeDefined()
  expect(then.paused).toBeUndefined()
  expect(await statusAt('past', `@${paused}`)).toMatchObject({
    status: 'active',
    targetPath: 'other',
    config: { autoSync: true },
    paused: { by: 'tester', reason: 'a fair' },
  })
  expect(await statusAt('past', `@${last}`)).toMatchObject({ revision: commit('1'), paused: { reason: 'a fair' } })
  expect((await statusAt('past', '@now')).paused).toBeUndefined()
})

test('what waited for approval, and what was rejected, is told as it was', async () => {
  await workflow('gates')
  const sync_id = 'sync-1'
  const blob = await stored('gates')
  const blobs = { plan: blob, steps: blob, manifest_set: blob }
  const made = {
    revision: commit('1'),
    tree: 't',
    paths: ['.'],
    objects: 'set:1',
    digest: 'plan:1',
    summary: oneCreated,
    sync_id,
  }
  const expires_at = '2026-11-24T07:00:00.000Z'
  const waiting = await record(
    'gates',
    {
      type: 'SyncRequested',
      data: { sync_id, trigger: 'manual', revision: null, plan: null, by: 'tester', prune_kept: false },
    },
    { type: 'PlanMade', data: { ...made, ...blobs } },
    { type: 'ApprovalRequested', data: { sync_id, plan: 'plan:1', expires_at, reason: '' } },
  )
  const approved = await record('gates', {
    type: 'SyncApproved',
    data: { sync_id, plan: 'plan:1', by: 'other', reason: '' },
  })
  const data = { rollback_id: 'rollback-1', revision: commit('1'), objects: 'set:1', reason: 'it broke' }
  const rejected = await record('gates', { type: 'RevisionRejected', data })
  await record('gates', { type: 'RevisionReinstated', data: { revisions: [commit('1')] } })

  const then = await statusAt('gates', `@${waiting}`)
  expect(then.reason).toContain('until somebody approves')
  expect(then.approval?.plan).toBe('plan:1')
  expect((await statusAt('gates', `@${approved}`)).approval).toBeUndefined()
  const [before, at, now] = [`@${approved}`, `@${rejected}`, '@now'].map((moment) => statusAt('gates', moment))
  expect((await before)?.rejected).toEqual([])
  expect((await at)?.rejected).toMatchObject([{ revision: commit('1'), reason: 'it broke' }])
  expect((await now)?.rejected).toEqual([])
})

test('a moment is named by position or time, with or without @, and answered with both', async () => {
  await workflow('names')
  const first = await record('names', await synced(commit('1'), await stored('names')))
  await record('names', await synced(commit('2'), await stored('names')))
  const time = await timeOf(first)
  for (const at of [`@${first}`, `${first}`, `@${time}`, time]) {
    const { workflow: status, moment, token } = await api.gitops.getWorkflowStatus({ workflowId: 'names', at })
    expect(status?.revision).toBe(commit('1'))
    expect(moment).toMatchObject({ point: at, position: BigInt(first), time: expect.anything() as unknown })
    expect(token).toBe('workflow-names@2')
  }
  const { workflow: now, moment } = await api.gitops.getWorkflowStatus({ workflowId: 'names', at: 'now' })
  expect(now?.revision).toBe(commit('2'))
  expect(moment?.position).toBeGreaterThan(first)
  expect((await api.gitops.getWorkflowStatus({ workflowId: 'names' })).moment).toBeUndefined()
})

test('now, the log says what the read model says', async () => {
  await workflow('same')
  await record('same', await synced(commit('1'), await stored('same')))
  const version = await recordWorkflow(api.log, 'same', failed(commit('2')))
  const { workflow: shown } = await api.gitops.getWorkflowStatus({
    workflowId: 'same',
    minToken: `workflow-same@${version}`,
  })
  expect(await statusAt('same', '@now')).toEqual(shown)
})

test.each([
  ['yesterday', Code.InvalidArgument, '"yesterday" is no moment'],
  ['main', Code.InvalidArgument, 'is no moment'],
  ['', Code.InvalidArgument, 'is no moment'],
  ['2999-01-01', Code.InvalidArgument, 'lies in the future'],
  ['@999999999', Code.InvalidArgument, 'beyond the end of the log'],
  ['@0', Code.FailedPrecondition, 'it was created at 20'],
  ['2001-01-01', Code.FailedPrecondition, 'There was no workflow refused at 2001-01-01'],
])('the moment %j is refused', async (at, code, message) => {
  await workflow('refused')
  for (const call of [api.gitops.getWorkflowStatus, api.gitops.listObjects]) {
    const error = await refusal(() => call({ workflowId: 'refused', at }))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)])
  }
})

test('what never was a workflow is not found at any moment', async () => {
  for (const workflowId of ['never', '../x', '']) {
    const error = await refusal(() => api.gitops.getWorkflowStatus({ workflowId, at: '@now' }))
    expect([error.code, error.message]).toEqual([Code.NotFound, expect.stringContaining('There is no workflow')])
  }
})

test('a workflow that was deleted is there before, and not after', async () => {
  await workflow('brief')
  const first = await record('brief', await synced(commit('1'), await stored('brief', entry('web'))))
  await api.gitops.deleteWorkflow({ workflowId: 'brief' })
  expect(await statusAt('brief', `@${first}`)).toMatchObject({ status: 'synced', revision: commit('1') })
  const { objects } = await api.gitops.listObjects({ workflowId: 'brief', at: `@${first}` })
  expect(objects).toHaveLength(1)
  const error = await refusal(() => api.gitops.getWorkflowStatus({ workflowId: 'brief', at: '@now' }))
  expect([error.code, error.message]).toEqual([
    Code.FailedPrecondition,
    expect.stringContaining('it was deleted by then'),
  ])
})

test('all workflows are listed as they were at the moment of the first page', async () => {
  await using own = await openTestApi()
  const { gitops, log } = own
  for (const id of ['a', 'b', 'c', 'd']) {
    await gitops.registerRepository({ id: `repo-${id}`, url: `https://git.example.com/${id}.git` })
    await gitops.createWorkflow({ workflow: { id, repository: `repo-${id}` } })
  }
  const before = await newest('d', log)
  await gitops.deleteWorkflow({ workflowId: 'b' })
  const between = await newest('b', log)
  await gitops.createWorkflow({ workflow: { id: 'e', repository: 'repo-a' } })
  await gitops.deleteWorkflow({ workflowId: 'd' })
  const after = await newest('d', log)

  const list = async (at: string, more: object = {}) =>
    (await gitops.listWorkflows({ at, ...more })).workflows.map(({ id }) => id)
  expect(await list(`@${before}`)).toEqual(['a', 'b', 'c', 'd'])
  expect(await list(`@${between}`)).toEqual(['a', 'c', 'd'])
  expect(await list('@now')).toEqual(['a', 'c', 'e'])
  expect(await list('@0')).toEqual([])
  expect(await list('@now', { repository: 'repo-a' })).toEqual(['a', 'e'])

  const pages: string[][] = []
  let pageToken = ''
  do {
    // What `@now` means moves on between the pages.
    const page = await gitops.listWorkflows({ at: '@now', pageSize: 2, pageToken })
    expect(page.moment).toMatchObject({ point: '@now', position: BigInt(after) })
    pages.push(page.workflows.map(({ id }) => id))
    pageToken = page.nextPageToken
    if (pages.length === 1) {
      await gitops.deleteWorkflow({ workflowId: 'c' })
      await newest('c', log)
    }
  } while (pageToken !== '')
  expect(pages).toEqual([['a'], ['c'], ['e']])
  const error = await refusal(() => gitops.listWorkflows({ at: '@now', pageToken: 'YQ' }))
  expect(error.message).toContain('is none that a list answered')
})

test('the objects that a workflow owned are listed by kind, namespace and name, and nothing of their values', async () => {
  await workflow('owner')
  const namespaced = [entry('web'), entry('a', { namespace: 'shop-2' }), entry('db', { namespace: 'shop' })]
  const { namespace: _namespace, ...cluster } = entry('shop', { kind: 'Namespace', sensitive: ['/data/canary'] })
  const first = await record('owner', await synced(commit('1'), await stored('owner', ...namespaced, cluster)))
  await record('owner', await synced(commit('2'), await stored('owner', entry('web', { uid: '' }))))
  const then = await api.gitops.listObjects({ workflowId: 'owner', at: `${first}` })
  expect(then.objects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)).toEqual([
    'ConfigMap shop/db',
    'ConfigMap shop/web',
    'ConfigMap shop-2/a',
    'Namespace /shop',
  ])
  expect(then.objects[0]).toMatchObject({ apiVersion: 'v1', uid: 'uid-db' })
  expect(then.moment?.position).toBe(BigInt(first))
  const text = JSON.stringify(then, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  expect(text).not.toMatch(/manifest:1|fields:1|canary/)
  const now = await api.gitops.listObjects({ workflowId: 'owner' })
  expect(now.objects).toMatchObject([{ name: 'web', uid: '' }])
  expect(now.moment?.point).toBe('@now')
  await workflow('fresh')
  expect((await api.gitops.listObjects({ workflowId: 'fresh' })).objects).toEqual([])
})

test('pages of objects show one moment, whatever is synced meanwhile', async () => {
  await workflow('paged')
  const names = ['a', 'b', 'c', 'd', 'e']
  await record('paged', await synced(commit('1'), await stored('paged', ...names.map((name) => entry(name)))))
  const seen: string[] = []
  let pageToken = ''
  do {
    const page = await api.gitops.listObjects({ workflowId: 'paged', pageSize: 2, pageToken })
    seen.push(...page.objects.map(({ name }) => name))
    pageToken = page.nextPageToken
    await record('paged', await synced(commit(`${seen.length}`), await stored('paged')))
  } while (pageToken !== '')
  expect(seen).toEqual(names)
})

test('an inventory that is not kept any more is told, and the status of then is not lost with it', async () => {
  await workflow('gone')
  const digest = await stored('gone', entry('only-here'))
  const first = await record('gone', await synced(commit('1'), digest))
  await api.log.db.deleteFrom('event_blob').where('digest', '=', digest).execute()
  await api.log.db.deleteFrom('blob').where('digest', '=', digest).execute()
  const error = await refusal(() => api.gitops.listObjects({ workflowId: 'gone', at: `@${first}` }))
  expect([error.code, error.message]).toEqual([
    Code.FailedPrecondition,
    expect.stringContaining(`The inventory of gone at @${first} is not kept any more`),
  ])
  expect(await statusAt('gone', `@${first}`)).toMatchObject({ revision: commit('1') })
})

test('what retention dropped is told with what it was and when, whoever asks for it', async () => {
  await workflow('trimmed')
  const digest = await stored('trimmed', entry('only-here'))
  const first = await record('trimmed', await synced(commit('1'), digest))
  await record('trimmed', await synced(commit('2'), await stored('trimmed')))
  const syncs_before = '2026-11-23T07:00:00.000Z'
  const counted = { up_to: 2, plans_before: null, blobs: 1, bytes: 100, age_ms: 1, count: 1 }
  await record('trimmed', { type: 'HistoryTrimmed', data: { ...counted, syncs_before } })
  const set = await putBlob(api.log, Buffer.from(commit('1')))
  await api.log.db.deleteFrom('event_blob').where('digest', 'in', [digest, set]).execute()
  await api.log.db.deleteFrom('blob').where('digest', 'in', [digest, set]).execute()

  const workflowId = 'trimmed'
  const told =
    /manifests, backups and inventories of syncs before 2026-11-23T07:00:00.000Z were dropped by retention on 20/
  for (const ask of [
    () => api.gitops.listObjects({ workflowId, at: `@${first}` }),
    () => api.gitops.comparePoints({ workflowId, from: `@${first}` }),
    () => api.gitops.rollbackWorkflow({ workflowId, to: commit('1').slice(0, 8) }),
  ]) {
    const { code, message } = await refusal(ask)
    expect([code, message]).toEqual([Code.FailedPrecondition, expect.stringMatching(told)])
  }
})

test('JSON and gRPC ask for the past alike', async () => {
  await workflow('wire')
  const first = await record('wire', await synced(commit('1'), await stored('wire', entry('web'))))
  await record('wire', await synced(commit('2'), await stored('wire')))
  const post = async (method: string) => {
    const answer = await fetch(`${api.url}/plimsoll.v1.GitOpsService/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${api.token}` },
      body: JSON.stringify({ workflow_id: 'wire', at: `@${first}` }),
    })
    return (await answer.json()) as unknown
  }
  expect(await post('GetWorkflowStatus')).toMatchObject({
    workflow: { revision: commit('1') },
    moment: { position: `${first}`, point: `@${first}` },
  })
  expect(await post('ListObjects')).toMatchObject({ objects: [{ kind: 'ConfigMap', namespace: 'shop', name: 'web' }] })
  const answer = await grpcCall(
    api.port,
    '/plimsoll.v1.GitOpsService/GetWorkflowStatus',
    [GetWorkflowStatusRequestSchema, GetWorkflowStatusResponseSchema],
    { workflowId: 'wire', at: `@${first}` },
    api.token,
  )
  expect(answer).toMatchObject({ workflow: { revision: commit('1') } })
})
