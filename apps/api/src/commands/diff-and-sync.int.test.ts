import { Code } from '@connectrpc/connect'
import { repositoryStream, workflowStream, type MadePlan, type Plan, type SyncMetrics } from '@plimsoll/domain'
import { claim, park, parkedWork, putBlob, readStream, wake } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { FaultSchema } from '@plimsoll/proto'
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
  duration_ms: 45_200,
  resources_processed: 15,
  resources_applied: 8,
  resources_skipped: 7,
  conflicts_resolved: 0,
}

/** A workflow over a repository of its own. */
async function workflow(id: string): Promise<void> {
  await api.gitops.registerRepository({ id, url: `https://git.example.com/${id}.git` })
  await api.gitops.createWorkflow({ workflow: { id, repository: id } })
}

/** Waits until an event of this type is asked for by the api. */
async function asked(stream: string, type: string): Promise<void> {
  await until(async () => (await readStream(api.log, stream)).some((event) => event.type === type), {
    what: `${type} in ${stream}`,
  })
}

async function madePlan(plan: Plan, sync_id: string | null): Promise<MadePlan> {
  const digest = await putBlob(api.log, Buffer.from(JSON.stringify(plan).replace('"BIG"', '12345678901234567890')))
  const { revision, summary: sum, digest: effect } = plan
  const digests = { digest: effect, plan: digest, steps: digest, manifest_set: digest }
  return { revision, tree: 't', paths: ['.'], ...digests, objects: '', summary: sum, sync_id }
}

const plan: Plan = {
  workflow_id: 'diff',
  revision: 'c0ffee',
  generated_at: '2026-11-23T07:00:00.000Z',
  digest: 'plan:abc',
  summary: oneCreated,
  changes: [
    {
      type: 'create',
      resource: 'ConfigMap/big',
      ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'big' },
      desired_state: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'big' },
        spec: { big: 'BIG', __proto: 1, ratio: 0.5 },
      },
      diff: '+ Creating ConfigMap/big',
      unified_diff: '+kind: ConfigMap\n',
      effects: ['restarts_pods'],
      impact: 'low',
      reasons: [{ rule: 'create', impact: 'low', text: 'the object is new' }],
      fields: [{ path: 'spec.ratio', after: 0.5, managers: ['someone'] }],
    },
  ],
  conflicts: [
    {
      type: 'validation',
      resource: 'ConfigMap/big',
      ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'big' },
      blocking: true,
      description: 'refused',
      suggestions: ['mend it'],
      manager: 'kubectl',
      time: '2026-11-23T06:00:00.000Z',
      current_state: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { a: 'b' } },
    },
  ],
  warnings: ['mind the gap'],
}

test('a diff has the remote read, then a plan made, and answers it', async () => {
  await workflow('diff')
  const answer = api.gitops.generateDiff({ workflowId: 'diff', reason: 'to see' })
  await asked(repositoryStream('diff'), 'RefreshRequested')
  await answerRefresh(api.log, 'diff', observed('c0ffee'))
  await asked(workflowStream('diff'), 'PlanRequested')
  const other = { ...plan, revision: 'beef' }
  await recordWorkflow(api.log, 'diff', { type: 'PlanMade', data: await madePlan(other, 'sync-of-another') })
  await recordWorkflow(api.log, 'diff', { type: 'PlanMade', data: await madePlan(plan, null) })
  const { plan: shown, token } = await answer
  expect(token).toBe('workflow-diff@4')
  expect(shown).toMatchObject({
    workflowId: 'diff',
    revision: 'c0ffee',
    summary: { totalChanges: 1, createdResources: 1, impact: { low: 1 }, highestImpact: 'low' },
    warnings: ['mind the gap'],
    digest: 'plan:abc',
    conflicts: [
      {
        type: 'validation',
        suggestions: ['mend it'],
        blocking: true,
        manager: 'kubectl',
        time: { seconds: BigInt(Date.UTC(2026, 10, 23, 6) / 1_000) },
        currentState: { data: { a: 'b' } },
      },
    ],
    changes: [
      {
        type: 'create',
        ref: { kind: 'ConfigMap', namespace: 'shop' },
        replaces: false,
        unifiedDiff: '+kind: ConfigMap\n',
        effects: ['restarts_pods'],
        impact: 'low',
        reasons: [{ rule: 'create', impact: 'low', text: 'the object is new' }],
        desiredState: { spec: { big: '12345678901234567890', ratio: 0.5 } },
        fields: [{ path: 'spec.ratio', managers: ['someone'], after: { kind: { case: 'numberValue', value: 0.5 } } }],
      },
    ],
  })
  const [, requested] = await readStream(api.log, workflowStream('diff'))
  expect(requested).toMatchObject({ type: 'PlanRequested', reason: 'to see', actor: 'tester' })
})

test('states and unified diffs are left out where they are not wanted, and a plan without changes is none', async () => {
  await workflow('brief')
  const brief = api.gitops.previewChanges({ workflowId: 'brief', omitStates: true, omitUnifiedDiff: true })
  await asked(repositoryStream('brief'), 'RefreshRequested')
  await answerRefresh(api.log, 'brief', observed('c0ffee'))
  await asked(workflowStream('brief'), 'PlanRequested')
  await recordWorkflow(api.log, 'brief', { type: 'PlanMade', data: await madePlan(plan, null) })
  const [change] = (await brief).plan?.changes ?? []
  expect(change).toMatchObject({ type: 'create', unifiedDiff: '' })
  expect(change?.desiredState).toBeUndefined()

  await workflow('empty')
  const empty = api.gitops.generateDiff({ workflowId: 'empty' })
  await asked(repositoryStream('empty'), 'RefreshRequested')
  await answerRefresh(api.log, 'empty', observed('c0ffee'))
  await asked(workflowStream('empty'), 'PlanRequested')
  const nothing = {
    ...plan,
    changes: [],
    conflicts: [],
    warnings: [],
    summary: { ...oneCreated, total_changes: 0, created_resources: 0 },
  }
  await recordWorkflow(api.log, 'empty', { type: 'PlanMade', data: await madePlan(nothing, null) })
  expect((await empty).plan).toBeUndefined()
})

test('a manifest that cannot be planned is told with its file and line', async () => {
  await workflow('faulty')
  const answer = refusal(() => api.gitops.generateDiff({ workflowId: 'faulty' }))
  await asked(repositoryStream('faulty'), 'RefreshRequested')
  await answerRefresh(api.log, 'faulty', observed('c0ffee'))
  await asked(workflowStream('faulty'), 'PlanRequested')
  const faults = [{ what: 'YAML is malformed', where: 'k8s/web.yaml:12', because: 'a tab', try: 'Use spaces.' }]
  const failed = {
    revision: 'c0ffee',
    tree: 't',
    paths: ['.'],
    stage: 'render' as const,
    message: 'faulty',
    faults,
    sync_id: null,
  }
  await recordWorkflow(api.log, 'faulty', { type: 'PlanFailed', data: failed })
  const refused = await answer
  expect(refused.code).toBe(Code.FailedPrecondition)
  expect(refused.findDetails(FaultSchema)).toMatchObject(faults)
})

test('a remote that cannot be read is told', async () => {
  await workflow('away')
  const answer = refusal(() => api.gitops.generateDiff({ workflowId: 'away' }))
  await asked(repositoryStream('away'), 'RefreshRequested')
  const failure = { kind: 'auth-refused' as const, message: 'the token was refused', retryable: true }
  await answerRefresh(api.log, 'away', { type: 'SourceFailed', data: failure })
  const refused = await answer
  expect(refused.code).toBe(Code.FailedPrecondition)
  expect(refused.message).toContain('the token was refused')
})

test('a sync is answered at its end, with its metrics', async () => {
  await workflow('sync')
  const answer = api.gitops.syncWorkflow({ workflowId: 'sync', commandId: 'sync-1' })
  await asked(repositoryStream('sync'), 'RefreshRequested')
  await answerRefresh(api.log, 'sync', observed('c0ffee'))
  await asked(workflowStream('sync'), 'SyncRequested')
  const [, requested] = await readStream(api.log, workflowStream('sync'))
  expect(requested?.data).toMatchObject({ trigger: 'manual', revision: 'c0ffee' })
  const { sync_id = '' } = (requested?.data ?? {}) as { readonly sync_id?: string }
  const set = await putBlob(api.log, Buffer.from('{}'))
  const done = {
    revision: 'c0ffee',
    tree: 't',
    paths: ['.'],
    manifest_set: set,
    inventory: set,
    message: 'done',
    metrics,
    healthy: true,
  }
  await recordWorkflow(
    api.log,
    'sync',
    { type: 'SyncSucceeded', data: { ...done, sync_id: 'another' } },
    { type: 'SyncSucceeded', data: { ...done, sync_id } },
  )
  const { succeeded, syncId, result, token } = await answer
  expect({ succeeded, syncId, token }).toEqual({ succeeded: true, syncId: sync_id, token: 'workflow-sync@4' })
  expect(result).toMatchObject({
    id: sync_id,
    status: 'succeeded',
    commitHash: 'c0ffee',
    message: 'done',
    metrics: {
      duration: '45.2s',
      resourcesProcessed: 15,
      resourcesApplied: 8,
      resourcesSkipped: 7,
      conflictsResolved: 0,
    },
  })
  expect(result?.startTime).toBeDefined()
  expect(result?.endTime).toBeDefined()

  const again = api.gitops.syncWorkflow({ workflowId: 'sync', commandId: 'sync-1' })
  expect(await again).toMatchObject({ succeeded: true, syncId: sync_id })
})

test('a sync that fails or is superseded says so, with its faults', async () => {
  await workflow('failing')
  const first = api.gitops.syncWorkflow({ workflowId: 'failing' })
  await asked(repositoryStream('failing'), 'RefreshRequested')
  await answerRefresh(api.log, 'failing', observed('c0ffee'))
  await asked(workflowStream('failing'), 'SyncRequested')
  const second = api.gitops.syncWorkflow({ workflowId: 'failing' })
  await until(
    async () =>
      (await readStream(api.log, repositoryStream('failing'))).filter(({ type }) => type === 'RefreshRequested')
        .length === 2,
    {
      what: 'the second refresh',
    },
  )
  await answerRefresh(api.log, 'failing')
  expect(await first).toMatchObject({
    succeeded: false,
    result: { status: 'failed', message: expect.stringContaining('superseded by') },
  })
  const newest = (await readStream(api.log, workflowStream('failing'))).at(-1)?.data as { readonly sync_id: string }
  const faults = [
    { what: 'Deployment shop/web', where: 'k8s/web.yaml:3', because: 'forbidden', try: 'Give it the right.' },
  ]
  await recordWorkflow(api.log, 'failing', {
    type: 'SyncFailed',
    data: {
      sync_id: newest.sync_id,
      revision: 'c0ffee',
      stage: 'apply',
      message: 'one object failed',
      faults,
      inventory: null,
      metrics,
    },
  })
  expect(await second).toMatchObject({
    succeeded: false,
    result: { status: 'failed', message: 'one object failed', faults },
  })
})

test('without waiting a sync is answered at once', async () => {
  await workflow('quick')
  const answer = api.gitops.syncWorkflow({ workflowId: 'quick', wait: false })
  await asked(repositoryStream('quick'), 'RefreshRequested')
  await answerRefresh(api.log, 'quick', observed('c0ffee'))
  expect(await answer).toMatchObject({
    succeeded: false,
    result: { status: 'running', commitHash: 'c0ffee' },
    token: 'workflow-quick@2',
  })
})

test('a client that goes away does not stop the sync, and the api does not go on waiting', async () => {
  await workflow('leaver')
  const controller = new AbortController()
  const answer = refusal(() => api.gitops.syncWorkflow({ workflowId: 'leaver' }, { signal: controller.signal }))
  await asked(repositoryStream('leaver'), 'RefreshRequested')
  await answerRefresh(api.log, 'leaver', observed('c0ffee'))
  await asked(workflowStream('leaver'), 'SyncRequested')
  controller.abort()
  expect((await answer).code).toBe(Code.Canceled)
  const types = (await readStream(api.log, workflowStream('leaver'))).map(({ type }) => type)
  expect(types).toEqual(['WorkflowCreated', 'SyncRequested'])
})

test('a deadline of the client ends the wait', async () => {
  await workflow('hurried')
  const refused = await refusal(() => api.gitops.generateDiff({ workflowId: 'hurried' }, { timeoutMs: 300 }))
  expect(refused.code).toBe(Code.DeadlineExceeded)
})

test('work that was given up is tried again when somebody asks', async () => {
  await workflow('parked')
  const stream = workflowStream('parked')
  for (const role of ['plan', 'write']) {
    await wake(api.log, role, [{ stream }])
    const [held] = await claim(api.log, { role, owner: 'test', leaseMs: 10_000, limit: 1, streams: [stream] })
    if (held !== undefined) await park(api.log, held, 'it failed ten times')
  }
  expect(await parkedWork(api.log)).toMatchObject([{ role: 'plan' }, { role: 'write' }])
  const asking = api.gitops.syncWorkflow({ workflowId: 'parked', wait: false })
  await asked(repositoryStream('parked'), 'RefreshRequested')
  await answerRefresh(api.log, 'parked', observed('c0ffee'))
  await asking
  expect(await parkedWork(api.log)).toEqual([])
})
