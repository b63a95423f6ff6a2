import {
  approveSync,
  cancelSync,
  pauseWorkflow,
  refuseSync,
  resumeWorkflow,
  type WorkflowRequest,
} from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brokenDeployment, configMap, configMapPath, deployment, documents } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const files = (x: string) => ({ 'a.yaml': documents(configMap('a', { x })) })
const open = (request: Partial<WorkflowRequest> = {}) =>
  openProject(stage.installation, { git: stage.git, files: files('1'), ...request })
const value = async ({ namespace }: Project) =>
  ((await stage.cluster.get(configMapPath(namespace, 'a'))) as { data: { x: string } } | undefined)?.data.x
describe.concurrent('a sync that needs approval', () => {
  const approval = { required: true }

  test('waits for it, and begins when the plan still comes to the same', async () => {
    const project = await open({ approval })
    const { plan, expires_at } = await project.untilEvent('ApprovalRequested')
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now())
    expect(await value(project)).toBeUndefined()
    await stage.operator.decide(project.id, approveSync(plan.slice(5, 17), 'grace', 'fine'))
    await project.untilSynced(project.first)
    expect(await value(project)).toBe('1')
    const types = (await project.events()).map(({ type }) => type)
    expect(types.indexOf('SyncApproved')).toBeLessThan(types.indexOf('SyncStarted'))
    expect(await project.untilEvent('SyncApproved')).toMatchObject({ plan, by: 'grace', reason: 'fine' })
  })

  test('fails as stale when the cluster has changed since, and says what', async () => {
    const project = await open({ approval: { from_impact: 'low' } })
    const { plan } = await project.untilEvent('ApprovalRequested')
    const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 'theirs' } }
    await stage.cluster.apply(configMapPath(project.namespace, 'a'), theirs)
    await stage.operator.decide(project.id, approveSync(plan, 'grace', ''))
    const failed = await project.untilEvent('SyncFailed')
    expect(failed.stage).toBe('plan')
    expect(failed.faults.map(({ because }) => because).join(' ')).toMatch(/ConfigMap/)
    expect(await value(project)).toBe('theirs')
  })

  test('is outrun by the next commit, whose plan waits instead', async () => {
    const project = await open({ approval })
    const first = await project.untilEvent('ApprovalRequested')
    await project.push(files('2'))
    await project.untilEvent('SyncSuperseded', ({ sync_id }) => sync_id === first.sync_id)
    const second = await project.untilEvent('ApprovalRequested', ({ sync_id }) => sync_id !== first.sync_id)
    expect(second.plan).not.toBe(first.plan)
    await stage.operator.decide(project.id, approveSync(second.plan, 'grace', ''))
    await until(async () => (await value(project)) === '2', { what: 'the second commit is applied' })
  })

  test('ends when somebody refuses it, and is not asked for again', async () => {
    const project = await open({ approval })
    await project.untilEvent('ApprovalRequested')
    await stage.operator.decide(project.id, refuseSync('grace', 'not on a Friday'))
    const failed = await project.untilEvent('SyncFailed')
    expect(failed).toMatchObject({ stage: 'approval', message: 'grace refused the plan: not on a Friday' })
    // The next commit is looked at after the refusal: nothing came in between.
    const second = await project.push(files('2'))
    await project.untilEvent('ApprovalRequested', ({ sync_id }) => sync_id !== failed.sync_id)
    const asked = (await project.events()).filter(({ type }) => type === 'SyncRequested')
    expect(asked.map(({ data }) => (data as { revision: string }).revision)).toEqual([project.first, second])
  })

  test('fails when nobody approves it in time, by itself', async () => {
    const project = await open({ approval: { required: true, expires: '1s' } })
    const failed = await project.untilEvent('SyncFailed')
    expect(failed).toMatchObject({
      stage: 'approval',
      message: expect.stringContaining('nobody approved the plan') as string,
    })
  })

  test('does not keep a preview from being answered', async () => {
    const project = await open({ approval })
    await project.untilEvent('ApprovalRequested')
    await stage.operator.decide(project.id, () => [{ type: 'PlanRequested', data: { revision: null } }])
    await project.untilEvent('PlanMade', ({ sync_id }) => sync_id === null)
    expect((await project.workflow()).sync?.approval?.approved_by).toBeNull()
  })
})

describe.concurrent('a sync window', () => {
  /** A schedule that opened at the beginning of this minute, and how long ago that was. */
  const thisMinute = (now = new Date()) => ({
    schedule: `${now.getUTCMinutes()} ${now.getUTCHours()} * * *`,
    agoMs: now.getUTCSeconds() * 1_000 + now.getUTCMilliseconds(),
  })

  test('that denies holds a sync back, which begins by itself when it closes', async () => {
    const { schedule } = thisMinute()
    const project = await open({ sync_policy: { sync_windows: [{ kind: 'deny', schedule, duration: '1h' }] } })
    const held = await project.untilEvent('SyncHeld')
    expect(held).toMatchObject({ gate: 'window', message: expect.stringContaining('the deny window') as string })
    expect(await value(project)).toBeUndefined()
    // Only now is it clear that it was held: it may close soon.
    const closing = thisMinute()
    const duration = `${Math.ceil(closing.agoMs / 1_000) + 8}s`
    await stage.operator.createWorkflow({
      id: project.id,
      repository: project.id,
      auto_sync: true,
      destination: { namespace: project.namespace },
      sync_policy: { sync_windows: [{ kind: 'deny', schedule: closing.schedule, duration }] },
    })
    await project.untilSynced(project.first)
    const started = (await project.events()).findIndex(({ type }) => type === 'SyncStarted')
    expect(started).toBeGreaterThan(0)
  })

  test('lets pass what a person asks for, if it says so', async () => {
    const sync_windows = [{ kind: 'allow', schedule: '0 0 29 2 *', duration: '1h', manual_sync: true }]
    const project = await open({ auto_sync: false, sync_policy: { sync_windows } })
    await stage.operator.requestSync(project.id)
    await project.untilSynced(project.first)
    expect((await project.events()).map(({ type }) => type)).not.toContain('SyncHeld')
  })
})

describe.concurrent('a workflow that depends on another', () => {
  test('is synced after it, at the same commit', async () => {
    const { installation, git, operator, cluster } = stage
    const both = (x: string) => ({
      'database/a.yaml': documents(configMap('a', { x })),
      'web/b.yaml': documents(configMap('b', { x })),
    })
    const database = 'the-database'
    const approve = () =>
      until(
        async () => {
          let isApproved = false
          await operator.decide(database, (workflow) => {
            const events = approveSync(workflow.sync?.approval?.plan ?? '', 'grace', '')(workflow)
            isApproved = events.length > 0
            return events
          })
          return isApproved
        },
        { what: 'the sync of the database is approved', timeoutMs: 150_000 },
      )
    const web = await openProject(installation, { git, files: both('1'), target_path: 'web', depends_on: [database] })
    expect(await web.untilEvent('SyncHeld')).toMatchObject({
      gate: 'dependency',
      message: expect.stringContaining('which does not exist') as string,
    })
    await operator.createWorkflow({
      id: database,
      repository: web.id,
      target_path: 'database',
      destination: { namespace: web.namespace },
      auto_sync: true,
      approval: { required: true },
    })
    await web.untilEvent('SyncHeld', ({ message }) => message.includes('is not synced and healthy'))
    await approve()
    await web.untilSynced(web.first)

    const second = await web.push(both('2'))
    await until(
      async () => {
        const { sync } = await web.workflow()
        return sync?.revision === second && sync.held?.gate === 'dependency'
      },
      { what: 'web waits for the database at the next commit', timeoutMs: 150_000 },
    )
    expect(await cluster.get(configMapPath(web.namespace, 'b'))).toMatchObject({ data: { x: '1' } })
    await approve()
    await web.untilSynced(second)
    expect(await cluster.get(configMapPath(web.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
    expect(await cluster.get(configMapPath(web.namespace, 'b'))).toMatchObject({ data: { x: '2' } })
  })
})

describe.concurrent('people', () => {
  test('pause a workflow, and resume it', async () => {
    const project = await open()
    await project.untilSynced(project.first)
    await stage.operator.decide(project.id, pauseWorkflow('ada', 'moving'))
    const second = await project.push(files('2'))
    await project.untilEvent('PlanMade', ({ revision, sync_id }) => revision === second && sync_id === null)
    expect(await value(project)).toBe('1')
    await stage.operator.decide(project.id, resumeWorkflow('ada'))
    await project.untilSynced(second)
    expect(await value(project)).toBe('2')
  })

  test('cancel a sync that waits for health: what it did stays, and is said', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'a.yaml': documents(configMap('a', { x: '1' }), deployment('web', { image: 'broken:1' })),
        'late.yaml': documents({
          ...configMap('late', {}),
          metadata: { name: 'late', annotations: { 'plimsoll.dev/sync-wave': '1' } },
        }),
      },
    })
    // All of the first wave is written, and the second waits for its health.
    await project.untilEvent('WaveApplied')
    await stage.operator.decide(project.id, cancelSync('ada', 'wrong image'))
    const failed = await project.untilEvent('SyncFailed')
    expect(failed).toMatchObject({ stage: 'cancelled', metrics: { resources_applied: 2 } })
    expect(failed.message).toContain('the sync was stopped after 2 of 3 changes')
    expect(failed.message).toContain('cancelled by ada: wrong image')
    expect(await value(project)).toBe('1')
  })
})

test('a sync that something in the way keeps from beginning is tried again, and begins when that is gone', async () => {
  const project = await open({
    auto_sync: true,
    sync_policy: { retry: { limit: 100, backoff: 'fixed', interval: '1s', max_duration: '1h' } },
  })
  await project.untilSynced(project.first)
  const { namespace } = project
  await stage.cluster.apply(configMapPath(namespace, 'b'), configMap('b', { x: 'foreign' }))
  const next = await project.push({ 'b.yaml': documents(configMap('b', { x: '1' })) })
  await project.untilEvent('RetryScheduled', ({ failures }) => failures >= 2)
  expect((await project.workflow()).last).toMatchObject({ stage: 'plan', status: 'failed' })
  await stage.cluster.delete(configMapPath(namespace, 'b'))
  await project.untilEvent('SyncSucceeded', ({ revision }) => revision === next)
  expect((await project.workflow()).retry).toBeNull()
})

test('a sync that fails is tried again by itself, until something else is asked for', async () => {
  const project = await openProject(stage.installation, {
    git: stage.git,
    auto_sync: false,
    files: { 'd.yaml': documents(brokenDeployment('web', 'broken:1')) },
    sync_policy: { retry: { limit: 20, backoff: 'fixed', interval: '1s' }, health_check: { timeout: '20s' } },
  })
  const syncId = await stage.operator.requestSync(project.id)
  expect(await project.untilEvent('RetryScheduled')).toMatchObject({
    sync_id: syncId,
    next_sync_id: `${syncId}-try-2`,
    failures: 1,
  })
  await project.untilEvent('RetryScheduled', ({ failures }) => failures === 2)
  const healed = await project.push({ 'd.yaml': documents(deployment('web')) })
  await project.untilEvent('PlanMade', ({ revision }) => revision === healed)
  await stage.operator.requestSync(project.id)
  await project.untilSynced(healed)
  expect((await project.workflow()).retry).toBeNull()
})
