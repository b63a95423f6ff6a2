import { Code } from '@connectrpc/connect'
import {
  canonicalJson,
  repositoryStream,
  stringifyJson,
  workflowStream,
  type KubernetesObject,
  type ManifestSet,
  type SyncMetrics,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { head, putBlob, readStream, sealKey } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { FaultSchema } from '@plimsoll/proto'
import { vaults } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { oneCreated } from '../../test/one-created.ts'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'
import { answerRefresh, observed, recordWorkflow } from '../../test/workers.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())

const metrics: SyncMetrics = {
  duration_ms: 1,
  resources_processed: 1,
  resources_applied: 1,
  resources_skipped: 0,
  conflicts_resolved: 0,
}
const commit = (digit: string) => digit.repeat(40)

const secret = (password: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db' },
  stringData: { password },
})
const configMap = (name: string, data: object): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

async function workflow(id: string): Promise<void> {
  await api.gitops.registerRepository({ id, url: `https://git.example.com/${id}.git` })
  await api.gitops.createWorkflow({ workflow: { id, repository: id, destination: { namespace: 'shop' } } })
}

/** Stores a manifest set as the differ does, but keeps nothing of it opened in this process; answers its digest. */
function stored(id: string, ...objects: readonly KubernetesObject[]): Promise<string> {
  const vault = vaults(api.log, api.context.installationKey)(id)
  const seal = sealKey(api.context.installationKey, `workflow:${id}`)
  const set: ManifestSet = {
    files: objects.map((object, index) => ({
      path: `${index}.yaml`,
      blob: `${index}`,
      objects: [{ object, line: 1, digest: vault.hash(canonicalJson(object)) }],
    })),
  }
  return putBlob(api.log, Buffer.from(stringifyJson(set)), { seal })
}

const inventory = (id: string) => vaults(api.log, api.context.installationKey)(id).put({ entries: [] })

/** Records a sync that applied objects, as the syncer does; answers the position that its end has in the log. */
async function synced(id: string, revision: string, ...objects: readonly KubernetesObject[]): Promise<number> {
  const sync_id = `sync-${revision.slice(0, 4)}`
  const version = await recordWorkflow(api.log, id, {
    type: 'SyncSucceeded',
    data: {
      sync_id,
      revision,
      tree: 't',
      paths: ['.'],
      manifest_set: await stored(id, ...objects),
      inventory: await inventory(id),
      message: 'done',
      metrics,
      healthy: true,
    },
  })
  return position(id, version)
}

function position(id: string, version: number): Promise<number> {
  return until(
    async () => {
      const rows = await api.log.db
        .selectFrom('log')
        .innerJoin('event', 'event.id', 'log.id')
        .select('log.position')
        .where('event.stream', '=', workflowStream(id))
        .where('event.version', '=', version)
        .execute()
      return rows[0]?.position
    },
    { what: 'the event has a position' },
  )
}

const at = async (where: number) => {
  const row = await api.log.db
    .selectFrom('log')
    .select('sequenced_at')
    .where('position', '=', where)
    .executeTakeFirstOrThrow()
  return row.sequenced_at.toISOString()
}

/** Waits until the api has recorded a request. */
async function asked(stream: string, type: string, times = 1): Promise<void> {
  await until(async () => (await readStream(api.log, stream)).filter((event) => event.type === type).length >= times, {
    what: `${times} ${type} in ${stream}`,
  })
}

test('two moments are compared from the log and its blobs alone', async () => {
  await workflow('past')
  const first = await synced('past', commit('1'), configMap('web', { a: '1' }), configMap('old', {}))
  const second = await synced('past', commit('2'), configMap('web', { a: '2' }), configMap('new', {}))
  await synced('past', commit('3'), configMap('web', { a: '3' }))
  const answer = await api.gitops.comparePoints({ workflowId: 'past', from: `@${first}`, to: `@${second}` })
  expect(answer.plan?.changes.map(({ type, resource }) => `${type} ${resource}`)).toEqual([
    'create ConfigMap/new',
    'delete ConfigMap/old',
    'update ConfigMap/web',
  ])
  expect(answer.plan?.changes[2]?.fields[0]).toMatchObject({ path: 'data.a' })
  expect(answer.plan).toMatchObject({ revision: commit('2'), conflicts: [], summary: { totalChanges: 3 } })
  expect(answer.plan?.warnings[0]).toContain('The cluster was not asked')
  expect(answer.from).toMatchObject({ revision: commit('1'), position: BigInt(first), point: `@${first}` })
  expect(answer.to).toMatchObject({ revision: commit('2'), position: BigInt(second) })
  const byTime = await api.gitops.comparePoints({
    workflowId: 'past',
    from: `@${await at(first)}`,
    to: `@${await at(second)}`,
  })
  expect(byTime.plan?.changes).toEqual(answer.plan?.changes)
})

test('without another point, what is applied now counts', async () => {
  await workflow('now')
  const first = await synced('now', commit('1'), configMap('web', { a: '1' }))
  await synced('now', commit('2'), configMap('web', { a: '2' }))
  const { plan, to } = await api.gitops.comparePoints({ workflowId: 'now', from: `@${first}` })
  expect(plan?.changes).toHaveLength(1)
  expect(to).toMatchObject({ point: '@now', revision: commit('2') })
})

test('points that declare the same have no plan', async () => {
  await workflow('same')
  const first = await synced('same', commit('1'), configMap('web', { a: '1' }))
  await synced('same', commit('2'), configMap('web', { a: '1' }))
  const answer = await api.gitops.comparePoints({ workflowId: 'same', from: `@${first}` })
  expect(answer.plan).toBeUndefined()
  expect(answer.notes).toEqual([])
})

test('Secrets show that they changed, and not to what', async () => {
  await workflow('secrets')
  const first = await synced('secrets', commit('1'), secret('swordfish'), configMap('a', { x: '1' }))
  await synced('secrets', commit('2'), secret('hunter2'), configMap('a', { x: '1' }))
  const { plan } = await api.gitops.comparePoints({ workflowId: 'secrets', from: `@${first}` })
  expect(plan?.changes).toMatchObject([{ type: 'update', resource: 'Secret/db' }])
  const text = JSON.stringify(plan, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  expect(text).not.toMatch(/swordfish|hunter2/)
  expect(text.match(/\(masked [0-9a-f]{8}\)/g)?.length).toBeGreaterThan(1)
})

test('a moment at which nothing was applied, or a sync had failed, says so', async () => {
  await workflow('notes')
  const created = await position('notes', 1)
  await synced('notes', commit('1'), configMap('web', {}))
  await recordWorkflow(api.log, 'notes', {
    type: 'SyncFailed',
    data: {
      sync_id: 'sync-9',
      revision: commit('9'),
      stage: 'apply',
      message: 'no',
      faults: [],
      inventory: null,
      metrics,
    },
  })
  const { plan, notes, from } = await api.gitops.comparePoints({ workflowId: 'notes', from: `@${created}` })
  expect(from?.revision).toBe('')
  expect(notes).toEqual([
    expect.stringMatching(/^Nothing was applied at @\d+/),
    expect.stringMatching(/^The newest sync at @now had failed/),
  ])
  expect(plan?.warnings.slice(-2)).toEqual(notes)
})

test.each([
  ['@yesterday', Code.InvalidArgument, 'is no moment'],
  ['@2999-01-01', Code.InvalidArgument, 'lies in the future'],
  ['@999999999', Code.InvalidArgument, 'beyond the end of the log'],
  ['--upload-pack=x', Code.InvalidArgument, 'begins with a dash'],
  ['main~1', Code.InvalidArgument, 'names no revision'],
  ['@1', Code.FailedPrecondition, 'it was created at'],
])('the point %s is refused', async (from, code, message) => {
  const id = 'refused'
  await workflow(id)
  const error = await refusal(() => api.gitops.comparePoints({ workflowId: id, from }))
  expect(error.code).toBe(code)
  expect(error.message).toContain(message)
})

test('manifests that are not kept any more are told', async () => {
  await workflow('gone')
  const first = await synced('gone', commit('1'), configMap('web', { only: 'here' }))
  await synced('gone', commit('2'), configMap('web', {}))
  const digest = await stored('gone', configMap('web', { only: 'here' }))
  await api.log.db.deleteFrom('event_blob').where('digest', '=', digest).execute()
  await api.log.db.deleteFrom('blob').where('digest', '=', digest).execute()
  const error = await refusal(() => api.gitops.comparePoints({ workflowId: 'gone', from: `@${first}` }))
  expect(error.message).toContain('not kept any more')
})

test('revisions are resolved by the poller, rendered by the differ once, and compared', async () => {
  await workflow('refs')
  await answerRefresh(api.log, 'refs', observed(commit('1')))
  const rendered = async (revision: string, ...objects: readonly KubernetesObject[]): Promise<WorkflowEvent> => ({
    type: 'RevisionRendered',
    data: {
      revision,
      tree: 't',
      paths: ['.'],
      manifest_set: await stored('refs', ...objects),
      objects: `set:${revision}`,
    },
  })
  const call = api.gitops.comparePoints({ workflowId: 'refs', from: commit('1'), to: 'v2' })
  await asked(workflowStream('refs'), 'PreviewRequested')
  await recordWorkflow(api.log, 'refs', await rendered(commit('1'), configMap('web', { a: '1' })))
  await asked(repositoryStream('refs'), 'RevisionRequested')
  await answerRefresh(api.log, 'refs', resolved('v2', commit('2')))
  await asked(workflowStream('refs'), 'PreviewRequested', 2)
  await recordWorkflow(api.log, 'refs', await rendered(commit('2'), configMap('web', { a: '2' })))
  const answer = await call
  expect(answer.plan?.changes).toMatchObject([{ type: 'update', resource: 'ConfigMap/web' }])
  expect(answer).toMatchObject({ from: { revision: commit('1') }, to: { point: 'v2', revision: commit('2') } })

  // Known commits that were rendered with this configuration need nobody.
  const again = await api.gitops.comparePoints({ workflowId: 'refs', from: commit('1'), to: commit('2') })
  expect(again.plan?.changes).toEqual(answer.plan?.changes)
})

function resolved(ref: string, revision: string) {
  const { data } = observed(revision)
  return { type: 'RevisionResolved', data: { ...(data as object), ref, revision } } as never
}

test('a ref that stands for nothing is refused with what the remote says', async () => {
  await workflow('nothing')
  const call = refusal(() => api.gitops.generateDiff({ workflowId: 'nothing', revision: 'v9' }))
  await asked(repositoryStream('nothing'), 'RevisionRequested')
  await answerRefresh(api.log, 'nothing', {
    type: 'RevisionRefused',
    data: { ref: 'v9', kind: 'revision-missing', message: 'the remote shows no ref of that name' },
  })
  const error = await call
  expect(error.code).toBe(Code.FailedPrecondition)
  expect(error.findDetails(FaultSchema)).toMatchObject([
    { what: 'The revision v9 cannot be read', because: 'the remote shows no ref of that name' },
  ])
})

test('a diff of a revision answers its preview, and another revision’s plan is none', async () => {
  await workflow('preview')
  await answerRefresh(api.log, 'preview', observed(commit('1')))
  const call = api.gitops.generateDiff({ workflowId: 'preview', revision: commit('1') })
  await asked(workflowStream('preview'), 'PreviewRequested')
  const made = async (revision: string): Promise<WorkflowEvent> => {
    const plan = await putBlob(
      api.log,
      Buffer.from(
        JSON.stringify({
          workflow_id: 'preview',
          revision,
          generated_at: '2026-11-23T07:00:00.000Z',
          digest: 'plan:1',
          summary: oneCreated,
          changes: [],
          conflicts: [],
          warnings: [],
        }),
      ),
    )
    const manifest_set = await stored('preview', configMap('web', {}))
    return {
      type: 'PreviewMade',
      data: {
        revision,
        tree: 't',
        paths: ['.'],
        digest: 'plan:1',
        plan,
        manifest_set,
        objects: 'set:1',
        summary: oneCreated,
      },
    }
  }
  await recordWorkflow(api.log, 'preview', await made(commit('7')), await made(commit('1')))
  expect((await call).plan).toMatchObject({ revision: commit('1') })
})

test('more previews than can be answered soon are refused for now', async () => {
  await workflow('busy')
  await answerRefresh(api.log, 'busy', observed(commit('1')))
  const many = Array.from({ length: 20 }, (_, index): WorkflowEvent => ({
    type: 'PreviewRequested',
    data: { revision: `${index}`, of: 'plan' },
  }))
  await recordWorkflow(api.log, 'busy', ...many)
  const preview = await refusal(() => api.gitops.generateDiff({ workflowId: 'busy', revision: commit('1') }))
  expect([preview.code, preview.message]).toEqual([Code.Unavailable, expect.stringContaining('too many previews')])
  const refs = Array.from({ length: 20 }, (_, index) => ({
    type: 'RevisionRequested' as const,
    data: { ref: `v${index}` },
  }))
  await answerRefresh(api.log, 'busy', ...refs)
  const ref = await refusal(() => api.gitops.generateDiff({ workflowId: 'busy', revision: 'v99' }))
  expect([ref.code, ref.message]).toEqual([Code.Unavailable, expect.stringContaining('too many revisions')])
})

test('a sync of a plan names it, needs no remote, and refuses what is no plan', async () => {
  await workflow('agreed')
  await answerRefresh(api.log, 'agreed', observed(commit('1')))
  const plan = async (digits: string, revision: string): Promise<WorkflowEvent> => {
    const blob = await stored('agreed', configMap('web', {}))
    return {
      type: 'PlanMade',
      data: {
        revision,
        tree: 't',
        paths: ['.'],
        digest: `plan:${digits.padEnd(64, '0')}`,
        plan: blob,
        steps: blob,
        manifest_set: blob,
        objects: 'set:1',
        summary: oneCreated,
        sync_id: null,
      },
    }
  }
  await recordWorkflow(api.log, 'agreed', await plan('1a2b3c4d5', commit('1')), await plan('1a2b3c4d9', commit('1')))
  await recordWorkflow(api.log, 'agreed', await plan('ffff0000', commit('2')))
  const sync = (text: string) => api.gitops.syncWorkflow({ workflowId: 'agreed', plan: text, wait: false })
  for (const [text, code, message] of [
    ['deadbeef', Code.NotFound, 'There is no plan "deadbeef"'],
    ['1a2b', Code.InvalidArgument, 'eight of its digits'],
    ['1a2b3c4d', Code.InvalidArgument, 'give more of its digits'],
    ['ffff0000', Code.FailedPrecondition, 'never the head of the branch'],
  ] as const) {
    const error = await refusal(() => sync(text))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)])
  }
  await sync('1a2b3c4d5')
  const events = await readStream(api.log, workflowStream('agreed'))
  expect(events.at(-1)).toMatchObject({
    type: 'SyncRequested',
    data: { revision: commit('1'), plan: `plan:${'1a2b3c4d5'.padEnd(64, '0')}` },
  })
  expect((await readStream(api.log, repositoryStream('agreed'))).some(({ type }) => type === 'RefreshRequested')).toBe(
    false,
  )
  await api.gitops.updateWorkflow({ workflow: { id: 'agreed', diffPreview: false } })
  const error = await refusal(() => sync('1a2b3c4d5'))
  expect(error.message).toContain('diff_preview = false')
  expect((await head(api.log)).position).toBeGreaterThan(0)
})
