import {
  cancelSync,
  createWorkflow,
  requestSync,
  workflowStatus,
  type WorkflowConfig,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { argo, job, jobPath, settings } from './hook-manifests.ts'
import { configMapPath, deployment, deploymentPath, documents } from './manifests.ts'
import { openProject, patienceMs, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const jobOf = ({ namespace }: Project, name: string) => stage.cluster.get(jobPath(namespace, name))
const settingsOf = ({ namespace }: Project) => stage.cluster.get(configMapPath(namespace, 'settings'))

/** What was recorded of hooks and of what lies between them. */
async function told(project: Project): Promise<readonly string[]> {
  return (await project.events()).flatMap(({ type, data }: WorkflowEvent) => {
    if (type === 'HookFinished') return [`${data.phase} ${data.hook} ${data.ok ? 'ok' : 'failed'}`]
    if (type === 'WaveApplied') return [`wave ${data.wave}: ${data.applied}`]
    return type === 'SyncSucceeded' || type === 'SyncFailed' ? [type] : []
  })
}

async function statusOf(project: Project) {
  return workflowStatus({ workflow: await project.workflow(), startTime: null, endTime: null })
}

describe.concurrent('a sync', () => {
  test('runs its hooks before, between and after its waves, each with what it is for', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'all.yaml': documents(
          job('before', { [argo]: 'PreSync' }, { suspend: true }),
          job('amid', { [argo]: 'Sync', 'argocd.argoproj.io/sync-wave': '1' }),
          job('after', { 'plimsoll.dev/hook': 'PostSync', 'plimsoll.dev/hook-delete-policy': 'HookSucceeded' }),
          job('undo', { [argo]: 'SyncFail' }),
          settings('1'),
          { ...deployment('web'), metadata: { name: 'web', annotations: { 'plimsoll.dev/sync-wave': '2' } } },
        ),
      },
      sync_policy: { auto_prune: true },
    })
    await project.untilEvent('HookStarted', ({ hook }) => hook === 'Job/before')
    await until(async () => (await jobOf(project, 'before')) !== undefined, {
      what: 'the hook is there',
      timeoutMs: patienceMs,
    })
    expect(await statusOf(project)).toMatchObject({
      status: 'syncing',
      reason: 'A sync waits while hook PreSync Job/before is running.',
    })
    expect(await settingsOf(project)).toBeUndefined()
    await stage.cluster.patch(jobPath(project.namespace, 'before'), { spec: { suspend: false } })

    await project.untilSynced(project.first)
    expect(await told(project)).toEqual([
      'PreSync Job/before ok',
      'wave 0: 1',
      'Sync Job/amid ok',
      'wave 2: 1',
      'PostSync Job/after ok',
      'SyncSucceeded',
    ])
    expect(await stage.cluster.get(deploymentPath(project.namespace, 'web'))).toMatchObject({
      status: { availableReplicas: 1 },
    })
    expect(await jobOf(project, 'after')).toBeUndefined()
    expect(await jobOf(project, 'undo')).toBeUndefined()
    const first = await jobOf(project, 'before')

    // What is left of hooks is nobody's to prune, and makes room for the next run.
    const second = await project.push({
      'all.yaml': documents(job('before', { [argo]: 'PreSync' }), settings('2')),
    })
    await project.untilSynced(second)
    expect(await settingsOf(project)).toMatchObject({ data: { x: '2' } })
    expect(await jobOf(project, 'amid')).toBeDefined()
    expect((await jobOf(project, 'before'))?.metadata['uid']).not.toBe(first?.metadata['uid'])
  })

  test('writes nothing when a PreSync hook fails, runs its SyncFail hooks, and rejects nothing that it did not apply', async () => {
    const files = (image: string) => ({
      'all.yaml': documents(
        job('migrate', { [argo]: 'PreSync' }, { image }),
        job('late', { [argo]: 'PreSync', 'argocd.argoproj.io/sync-wave': '1' }),
        job('tell', { [argo]: 'SyncFail' }),
        job('after', { [argo]: 'PostSync' }),
        settings('1'),
      ),
    })
    const project = await openProject(stage.installation, { git: stage.git, files: files('broken:1') })
    const failed = await project.untilEvent('SyncFailed')
    expect(failed).toMatchObject({ stage: 'hook', metrics: { resources_applied: 0 } })
    expect(failed.faults).toMatchObject([
      {
        what: 'the PreSync hook Job/migrate failed',
        where: `Job ${project.namespace}/migrate`,
        because: expect.stringMatching(/backoff limit/i) as string,
      },
    ])
    expect(await told(project)).toEqual([
      'PreSync Job/migrate failed',
      'wave 0: 0',
      'SyncFail Job/tell ok',
      'SyncFailed',
    ])
    expect(await settingsOf(project)).toBeUndefined()
    expect(await jobOf(project, 'after')).toBeUndefined()
    expect(await statusOf(project)).toMatchObject({ status: 'failed' })

    await project.untilSynced(await project.push(files('job:2')))
    expect(await settingsOf(project)).toMatchObject({ data: { x: '1' } })
    expect(await jobOf(project, 'after')).toBeDefined()
  })

  test('runs no PostSync hook before all is healthy', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'all.yaml': documents(
          deployment('web', { image: 'broken:1' }),
          job('after', { [argo]: 'PostSync' }),
          job('tell', { [argo]: 'SyncFail', [`${argo}-delete-policy`]: 'HookSucceeded' }),
        ),
      },
      sync_policy: { health_check: { timeout: '4s' } },
    })
    expect(await project.untilEvent('SyncFailed')).toMatchObject({ stage: 'health' })
    expect(await told(project)).toEqual(['wave 0: 1', 'SyncFail Job/tell ok', 'SyncFailed'])
    expect(await jobOf(project, 'after')).toBeUndefined()
    expect(await jobOf(project, 'tell')).toBeUndefined()
  })

  test('that failed after its last write runs its hooks again, and one that changes nothing runs none', async () => {
    const file = (image: string) => ({
      'all.yaml': documents(settings('1'), job('after', { [argo]: 'PostSync' }, { image })),
    })
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: file('broken:1'),
      auto_sync: false,
    })
    await stage.operator.requestSync(project.id)
    expect(await project.untilEvent('SyncFailed')).toMatchObject({ stage: 'hook' })
    expect(await settingsOf(project)).toBeDefined()

    const mended = await project.push(file('job:1'))
    await project.untilEvent('PlanMade', ({ revision }) => revision === mended)
    await stage.operator.requestSync(project.id)
    await project.untilSynced(mended)
    expect(await told(project)).toEqual([
      'wave 0: 1',
      'PostSync Job/after failed',
      'SyncFailed',
      'wave 0: 0',
      'PostSync Job/after ok',
      'SyncSucceeded',
    ])
    const third = await stage.operator.requestSync(project.id)
    await project.untilEvent('SyncSucceeded', ({ sync_id }) => sync_id === third)
    expect((await told(project)).filter((line) => line.startsWith('PostSync'))).toHaveLength(2)
  })

  test('that is cancelled stops waiting for its hook, says so and leaves it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'all.yaml': documents(settings('1'), job('before', { [argo]: 'PreSync' }, { suspend: true })) },
    })
    await until(async () => (await jobOf(project, 'before')) !== undefined, {
      what: 'the hook is there',
      timeoutMs: patienceMs,
    })
    await stage.operator.decide(project.id, cancelSync('ada', 'not now'))
    const failed = await project.untilEvent('SyncFailed')
    expect(failed.stage).toBe('cancelled')
    expect(failed.message).toContain('stopped while the PreSync hook Job/before was running, which is left as it is')
    expect(failed.message).toContain('cancelled by ada: not now')
    expect(await jobOf(project, 'before')).toMatchObject({ spec: { suspend: true } })
    expect(await settingsOf(project)).toBeUndefined()
  })

  test('gives a hook as long as hook_timeout', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'all.yaml': documents(
          settings('1'),
          job('before', { [argo]: 'PreSync', [`${argo}-delete-policy`]: 'HookFailed' }, { suspend: true }),
        ),
      },
      sync_policy: { hook_timeout: '10s' },
    })
    const failed = await project.untilEvent('SyncFailed')
    expect(failed.message).toContain('it was not done within hook_timeout, 10 s: the Job is suspended')
    await until(async () => (await jobOf(project, 'before')) === undefined, {
      what: 'the failed hook is deleted',
      timeoutMs: patienceMs,
    })
  })

  test('makes the namespace that a PreSync hook goes into first, and names what is generated', async () => {
    const namespace = `hooks-${crypto.randomUUID().slice(0, 8)}`
    const { metadata, ...migrate } = job('', { [argo]: 'PreSync' })
    const project = await openProject(stage.installation, {
      git: stage.git,
      destination: { namespace, create_namespace: true },
      files: {
        'all.yaml': documents(settings('1'), {
          ...migrate,
          metadata: { generateName: 'migrate-', annotations: metadata.annotations },
        }),
      },
    })
    await project.untilSynced(project.first)
    expect((await told(project))[0]).toBe('PreSync Job/migrate-* ok')
    const jobs = await stage.cluster.list(`/apis/batch/v1/namespaces/${namespace}/jobs`)
    expect(jobs.map(({ metadata: { name } }) => name)).toEqual([expect.stringMatching(/^migrate-[0-9a-f]{8}$/)])
    await stage.cluster.delete(`/api/v1/namespaces/${namespace}`)
  })
})

test('a sync that makes way while it waits for a wave leaves no hook in the way of the next one', async () => {
  const files = (image: string) => ({
    'all.yaml': documents(
      deployment('web', { image }),
      job('amid', { [argo]: 'Sync', [`${argo}-delete-policy`]: 'HookSucceeded' }),
      { ...settings('1'), metadata: { name: 'settings', annotations: { 'plimsoll.dev/sync-wave': '1' } } },
    ),
  })
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: files('broken:1'),
    auto_sync: false,
    sync_policy: { health_check: { timeout: '10m' } },
  })
  await stage.operator.requestSync(project.id)
  await project.untilEvent('HookFinished', ({ hook }) => hook === 'Job/amid')
  const mended = await project.push(files('web:1'))
  await until(async () => (await project.source()).head?.revision === mended, { what: 'the commit is seen' })
  await stage.operator.decide(project.id, requestSync('sync-mended', 'manual', mended))
  await project.untilEvent('SyncSuperseded', ({ by }) => by === 'sync-mended')
  await project.untilSynced(mended)
  expect(await jobOf(project, 'amid')).toBeUndefined()
})

test('a workflow that is made anew while its hook is awaited runs no further hook of that sync', async () => {
  const late = { [argo]: 'PreSync', 'argocd.argoproj.io/sync-wave': '1' }
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: {
      'all.yaml': documents(
        settings('1'),
        job('before', { [argo]: 'PreSync' }, { suspend: true }),
        job('late', late, { suspend: true }),
      ),
    },
  })
  const { sync_id: first } = await project.untilEvent('HookStarted')
  const { config } = await project.workflow()
  await until(async () => (await jobOf(project, 'before')) !== undefined, { what: 'the hook is there' })
  await stage.operator.deleteWorkflow(project.id)
  await stage.operator.decide(project.id, createWorkflow(config as WorkflowConfig))
  const go = () => stage.cluster.patch(jobPath(project.namespace, 'before'), { spec: { suspend: false } })
  await go()
  await project.untilEvent('HookStarted', ({ hook, sync_id }) => hook === 'Job/before' && sync_id !== first)
  expect(await jobOf(project, 'late')).toBeUndefined()
})

test('a workflow that is deleted with its objects leaves nothing of its hooks', async () => {
  const generated = {
    ...job('', { [argo]: 'PostSync' }),
    metadata: { generateName: 'run-', annotations: { [argo]: 'PostSync' } },
  }
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: { 'all.yaml': documents(settings('1'), job('before', { [argo]: 'PreSync' }), generated) },
  })
  await project.untilSynced(project.first)
  const jobs = () => stage.cluster.list(`/apis/batch/v1/namespaces/${project.namespace}/jobs`)
  expect(await jobs()).toHaveLength(2)
  await stage.operator.deleteWorkflow(project.id, { cascade: true })
  await project.untilEvent('WorkflowReleased')
  expect(await jobs()).toEqual([])
})

test('what a hook has made and holds others is kept when its workflow is deleted, unless a person asks', async () => {
  const name = `hooks-${crypto.randomUUID().slice(0, 8)}`
  const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations: { [argo]: 'PreSync' } } }
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: { 'all.yaml': documents(settings('1'), made) },
  })
  await project.untilSynced(project.first)
  await stage.operator.deleteWorkflow(project.id, { cascade: true })
  expect(await project.untilEvent('WorkflowReleased')).toEqual({ deleted: 1, kept: [`Namespace ${name}`] })
  const path = `/api/v1/namespaces/${name}`
  expect((await stage.cluster.get(path))?.metadata['deletionTimestamp']).toBeUndefined()
  await stage.cluster.delete(path)
})

describe.concurrent('a rollback', () => {
  test('runs the hooks of what it puts back, and takes away those of what it undoes', async () => {
    const files = (x: string, image: string) => ({
      'all.yaml': documents(
        settings(x),
        job(`before-${x}`, { [argo]: 'PreSync' }),
        job('after', { [argo]: 'PostSync' }, { image }),
      ),
    })
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: files('1', 'job:1'),
      rollback_on_failure: true,
    })
    await project.untilSynced(project.first)
    const bad = await project.push(files('2', 'broken:2'))
    expect(await project.untilEnd(bad)).toMatchObject({ type: 'SyncFailed', data: { stage: 'hook' } })
    expect(await project.untilEvent('RollbackSucceeded')).toMatchObject({ revision: project.first })
    expect(await project.untilEvent('RevisionRejected')).toMatchObject({ revision: bad })
    expect(await settingsOf(project)).toMatchObject({ data: { x: '1' } })
    expect((await told(project)).slice(-5)).toEqual([
      'wave 0: 1',
      'PostSync Job/after failed',
      'SyncFailed',
      'PreSync Job/before-1 ok',
      'PostSync Job/after ok',
    ])
    expect(await jobOf(project, 'before-2')).toBeUndefined()
    expect(await jobOf(project, 'after')).toMatchObject({ status: { succeeded: 1 } })
  })

  test('of a sync that failed before its first write rejects it, leaves what was before, and can go further back', async () => {
    const files = (x: string, image: string) => ({
      'all.yaml': documents(settings(x), job('before', { [argo]: 'PreSync' }, { image })),
    })
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: files('1', 'job:1'),
      rollback_on_failure: true,
    })
    await project.untilSynced(project.first)
    const second = await project.push(files('2', 'job:2'))
    await project.untilSynced(second)
    const bad = await project.push(files('3', 'broken:3'))
    expect(await project.untilEnd(bad)).toMatchObject({ type: 'SyncFailed', data: { stage: 'hook' } })
    expect(await project.untilEvent('RollbackSucceeded')).toMatchObject({
      revision: second,
      metrics: { resources_applied: 0 },
    })
    expect(await project.untilEvent('RevisionRejected')).toMatchObject({ revision: bad })
    expect(await settingsOf(project)).toMatchObject({ data: { x: '2' } })
    expect(await jobOf(project, 'before')).toBeUndefined()
    expect(await statusOf(project)).toMatchObject({ status: 'failed' })
    // The same set in another commit is the same set; another one is synced.
    await project.untilSynced(await project.push(files('3', 'job:3')))
  })
})
