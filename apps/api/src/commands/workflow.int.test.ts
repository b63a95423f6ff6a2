import { Code } from '@connectrpc/connect'
import { workflowStream } from '@plimsoll/domain'
import { claim, finish, park, readStream, wake } from '@plimsoll/event-log'
import { FaultSchema } from '@plimsoll/proto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../../test/open-test-api.ts'
import { refusal } from '../../test/refusal.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  await api.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
})
afterAll(() => api[Symbol.asyncDispose]())

const typesOf = async (id: string) => (await readStream(api.log, workflowStream(id))).map(({ type }) => type)

test('a workflow has its defaults, and its status at once where the token is given', async () => {
  const created = await api.gitops.createWorkflow({ workflow: { id: 'web', repository: 'shop' } })
  expect(created).toMatchObject({ workflowId: 'web', changed: true, token: 'workflow-web@1' })
  const { workflow, token } = await api.gitops.getWorkflowStatus({ workflowId: 'web', minToken: created.token })
  expect(token).toBe('workflow-web@1')
  expect(workflow).toMatchObject({
    id: 'web',
    name: 'web',
    status: 'active',
    reason: 'Never synced.',
    autoSync: false,
    repository: 'shop',
    targetPath: '.',
    config: {
      diffPreview: true,
      destination: { cluster: 'default', namespace: 'default', createNamespace: false },
      allow: { clusterScoped: true },
      syncPolicy: {
        autoPrune: false,
        conflictResolution: 'fail',
        healthCheck: { enabled: true, timeout: '5m' },
      },
    },
  })
  expect(workflow?.lastSyncResult).toBeUndefined()
})

test('the same values record nothing; what is left out of a second creation has its default again', async () => {
  const workflow = { id: 'again', repository: 'shop', autoSync: true }
  await api.gitops.createWorkflow({ workflow })
  expect(await api.gitops.createWorkflow({ workflow })).toMatchObject({ changed: false, token: 'workflow-again@1' })
  const reset = await api.gitops.createWorkflow({ workflow: { id: 'again', repository: 'shop' } })
  expect(reset).toMatchObject({ changed: true, workflow: { autoSync: false } })
  expect(await typesOf('again')).toEqual(['WorkflowCreated', 'WorkflowChanged'])
})

test('an update changes what it names and keeps the rest', async () => {
  await api.gitops.createWorkflow({
    workflow: {
      id: 'kept',
      repository: 'shop',
      targetPath: 'k8s',
      allow: { namespaces: { values: ['a'] } },
      syncPolicy: { autoPrune: true, healthCheck: { timeout: '1h30m' } },
    },
  })
  const updated = await api.gitops.updateWorkflow({
    workflow: { id: 'kept', syncPolicy: { healthCheck: { failureMode: 'ignore' } } },
  })
  expect(updated.workflow).toMatchObject({
    targetPath: 'k8s',
    allow: { namespaces: { values: ['a'] } },
    syncPolicy: { autoPrune: true, healthCheck: { timeout: '1h30m', failureMode: 'ignore' } },
  })
  expect((await refusal(() => api.gitops.updateWorkflow({ workflow: { id: 'no-such' } }))).code).toBe(Code.NotFound)
})

test('how to render, what to ignore and what to hide is kept, and an update changes what it names', async () => {
  const rules = {
    ignore: { rules: [{ kind: 'Deployment', jsonPointers: ['/spec/replicas'], managers: ['hpa'] }] },
    sensitive: { rules: [{ group: '', kind: 'ConfigMap', name: 'app-*', jsonPointers: ['/data/token'] }] },
    impact: { rules: { update: 'high' } },
  }
  const helm = { releaseName: 'web', valuesFiles: { values: ['../eu.yaml'] }, values: { web: { replicas: 3 } } }
  const workflow = { id: 'chart', repository: 'shop', source: { renderer: 'helm', helm }, ...rules }
  expect((await api.gitops.createWorkflow({ workflow })).workflow).toMatchObject({ source: workflow.source, ...rules })
  expect((await api.gitops.createWorkflow({ workflow })).changed).toBe(false)
  const updated = await api.gitops.updateWorkflow({
    workflow: { id: 'chart', source: { helm: { values: {} } }, ignore: {} },
  })
  expect(updated.workflow).toMatchObject({
    source: { renderer: 'helm', helm: { ...helm, values: {} } },
    ignore: { rules: [] },
    sensitive: rules.sensitive,
    impact: rules.impact,
  })
})

test('all that is wrong is told at once', async () => {
  const refused = await refusal(() =>
    api.gitops.createWorkflow({
      workflow: { id: 'X', repository: 'shop', targetPath: '../..', syncPolicy: { conflictResolution: 'maybe' } },
    }),
  )
  expect(refused.code).toBe(Code.InvalidArgument)
  const fields = refused.findDetails(FaultSchema).map(({ where }) => where)
  expect(fields.toSorted()).toEqual(['id', 'sync_policy.conflict_resolution', 'target_path'])
})

test('a workflow of an unknown repository is refused, and the known ones are named', async () => {
  const refused = await refusal(() => api.gitops.createWorkflow({ workflow: { repository: 'nowhere' } }))
  expect(refused.code).toBe(Code.NotFound)
  expect(refused.findDetails(FaultSchema)).toMatchObject([{ because: 'registered are shop' }])
})

test('lists are paged, and may be of one repository', async () => {
  await api.gitops.registerRepository({ id: 'many', url: 'https://git.example.com/many.git' })
  let minToken = ''
  for (const id of ['m1', 'm2', 'm3'])
    minToken = (await api.gitops.createWorkflow({ workflow: { id, repository: 'many' } })).token
  const first = await api.gitops.listWorkflows({ repository: 'many', pageSize: 2, minToken })
  expect(first.workflows.map(({ id }) => id)).toEqual(['m1', 'm2'])
  const second = await api.gitops.listWorkflows({ repository: 'many', pageSize: 2, pageToken: first.nextPageToken })
  expect(second.workflows.map(({ id }) => id)).toEqual(['m3'])
  expect(second.nextPageToken).toBe('')
  expect((await refusal(() => api.gitops.listWorkflows({ pageToken: '%' }))).code).toBe(Code.InvalidArgument)
})

test('a deleted workflow is shown no more', async () => {
  await api.gitops.createWorkflow({ workflow: { id: 'gone', repository: 'shop' } })
  const { token } = await api.gitops.deleteWorkflow({ workflowId: 'gone', cascade: true, reason: 'not needed' })
  expect((await refusal(() => api.gitops.getWorkflowStatus({ workflowId: 'gone', minToken: token }))).code).toBe(
    Code.NotFound,
  )
  const [, deleted] = await readStream(api.log, workflowStream('gone'))
  expect(deleted).toMatchObject({
    type: 'WorkflowDeleted',
    data: { cascade: true },
    reason: 'not needed',
    actor: 'tester',
  })
  expect((await refusal(() => api.gitops.deleteWorkflow({ workflowId: 'gone' }))).code).toBe(Code.NotFound)
})

test('work that fails, or is set aside, is a condition and in the reason, and hides in no list', async () => {
  const { token } = await api.gitops.createWorkflow({ workflow: { id: 'failing', repository: 'shop' } })
  const stream = workflowStream('failing')
  await wake(api.log, 'plan', [{ stream }])
  const take = async () => {
    const [claimed] = await claim(api.log, {
      role: 'plan',
      owner: 'test',
      leaseMs: 10_000,
      limit: 1,
      streams: [stream],
    })
    if (claimed === undefined) throw new Error('nothing to claim')
    return claimed
  }
  await finish(api.log, await take(), { done: 0, error: 'the cluster is away', retryInMs: 0 })
  const { workflow } = await api.gitops.getWorkflowStatus({ workflowId: 'failing', minToken: token })
  expect(workflow).toMatchObject({
    reason: 'Never synced. Planning failed and is tried again: the cluster is away',
    conditions: [{ type: 'retrying', role: 'plan' }],
  })
  expect(workflow?.conditions[0]?.retryAt).toBeDefined()
  await park(api.log, await take(), 'a bug')
  const { workflows } = await api.gitops.listWorkflows({ repository: 'shop' })
  const conditions = workflows.map(({ id, conditions: found }) => [id, found.map(({ type }) => type)])
  expect(conditions).toContainEqual(['failing', ['parked']])
  expect(conditions).toContainEqual(['web', []])

  const answer = await api.gitops.unpark({ of: { case: 'workflowId', value: 'failing' }, reason: 'it is mended' })
  expect(answer).toMatchObject({ changed: true, roles: ['plan'], token: 'workflow-failing@2' })
  const healed = await api.gitops.getWorkflowStatus({ workflowId: 'failing', minToken: answer.token })
  expect(healed.workflow).toMatchObject({ reason: 'Never synced.', conditions: [] })
  expect((await take()).attempts).toBe(0)
  const recorded = (await readStream(api.log, stream)).at(-1)
  expect(recorded).toMatchObject({
    type: 'WorkflowUnparked',
    data: { roles: ['plan'], by: 'tester', reason: 'it is mended' },
  })
  const again = await api.gitops.unpark({ of: { case: 'workflowId', value: 'failing' } })
  expect(again).toMatchObject({ changed: false, roles: [], token: 'workflow-failing@2' })
})

test('auto-sync is started and stopped once', async () => {
  expect(await api.gitops.startAutoSync({})).toMatchObject({ changed: true, token: 'system@1' })
  expect(await api.gitops.startAutoSync({})).toMatchObject({ changed: false, token: 'system@1' })
  expect((await api.system.getSystemStatus({})).autoSync).toBe(true)
  expect(await api.gitops.stopAutoSync({})).toMatchObject({ changed: true, token: 'system@2' })
})

test('the parts that Plimsoll stands on are told', async () => {
  const { actor, parts } = await api.system.getSystemStatus({})
  expect(actor).toBe('tester')
  expect(parts).toMatchObject([
    { name: 'postgres', ok: true },
    { name: 'jetstream', ok: true },
    { name: 'projection', ok: true },
  ])
})

test.each([
  { of: { case: 'repository', value: 'shop' }, role: 'repository', stream: 'repository-shop', command: '--repo shop' },
  {
    of: { case: 'cluster', value: 'default' },
    role: 'cluster',
    stream: 'cluster-default',
    command: '--cluster default',
  },
  { of: { case: 'cluster', value: 'default' }, role: 'plan', stream: 'cluster-default', command: '--cluster default' },
] as const)('what is set aside ($role, $stream) says how it is tried again', async ({ of, role, stream, command }) => {
  const { token } = await api.gitops.createWorkflow({ workflow: { id: `at-${role}`, repository: 'shop' } })
  await wake(api.log, role, [{ stream }])
  const [claimed] = await claim(api.log, { role, owner: 'test', leaseMs: 10_000, limit: 1, streams: [stream] })
  if (claimed === undefined) throw new Error('nothing to claim')
  await park(api.log, claimed, 'a bug')
  const seen = { workflowId: `at-${role}`, minToken: token }
  const status = async () => (await api.gitops.getWorkflowStatus(seen)).workflow
  expect((await status())?.reason).toContain(`is set aside: a bug; try it again with \`plimsoll unpark ${command}\`.`)
  expect(await api.gitops.unpark({ of })).toMatchObject({ changed: true, roles: [role] })
  expect((await status())?.conditions).toEqual([])
})

test('what is not there is not unparked', async () => {
  const codeOf = async (of: Parameters<typeof api.gitops.unpark>[0]['of']) =>
    (await refusal(() => api.gitops.unpark({ ...(of && { of }) }))).code
  expect(await codeOf({ case: 'workflowId', value: 'nothing' })).toBe(Code.NotFound)
  expect(await codeOf({ case: 'repository', value: 'nothing' })).toBe(Code.NotFound)
  expect(await codeOf({ case: 'cluster', value: 'nothing' })).toBe(Code.NotFound)
  expect(await codeOf(undefined)).toBe(Code.InvalidArgument)
})

test('without a projection a query says which token it does not show, after 2 s', async () => {
  await using alone = await openTestApi({ projection: false })
  await alone.gitops.registerRepository({ id: 'shop', url: 'https://git.example.com/shop.git' })
  const { token } = await alone.gitops.createWorkflow({ workflow: { id: 'web', repository: 'shop' } })
  const refused = await refusal(() => alone.gitops.getWorkflowStatus({ workflowId: 'web', minToken: token }))
  expect(refused.code).toBe(Code.Unavailable)
  expect(refused.message).toContain('workflow-web@1')
  expect((await alone.system.getSystemStatus({})).parts).toContainEqual(
    expect.objectContaining({ name: 'projection', ok: false }),
  )
  expect((await refusal(() => alone.gitops.getWorkflowStatus({ workflowId: 'web', minToken: 'nonsense' }))).code).toBe(
    Code.InvalidArgument,
  )
})
