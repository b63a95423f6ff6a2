import { randomUUID } from 'node:crypto'
import {
  observeRevision,
  repositoryDecider,
  repositoryStream,
  requestSync,
  workflowDecider,
  workflowStream,
} from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe.concurrent('a workflow without auto-sync', () => {
  test('shows what waits, and writes it when it is asked to', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    const plan = await project.untilEvent('PlanMade')
    expect(plan).toMatchObject({ revision: project.first, sync_id: null, summary: { created_resources: 1 } })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toBeUndefined()
    expect((await project.events()).map(({ type }) => type)).toEqual(['WorkflowCreated', 'PlanMade'])

    const syncId = await stage.operator.requestSync(project.id)
    const sync = await project.untilSynced(project.first)
    expect(sync.sync_id).toBe(syncId)
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  })

  test('plans the next commit after a sync, and leaves the cluster as it is', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await stage.operator.requestSync(project.id)
    await project.untilSynced(project.first)
    const second = await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) })
    const plan = await project.untilEvent('PlanMade', ({ revision }) => revision === second)
    expect(plan).toMatchObject({ sync_id: null, summary: { updated_resources: 1, total_changes: 1 } })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  })

  test('a sync with nothing to do succeeds and writes nothing', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const before = await stage.cluster.get(configMapPath(project.namespace, 'a'))
    const syncId = await stage.operator.requestSync(project.id)
    const sync = await project.untilEvent('SyncSucceeded', ({ sync_id: id }) => id === syncId)
    expect(sync.metrics).toMatchObject({ resources_processed: 1, resources_applied: 0, resources_skipped: 1 })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toEqual(before)
  })

  test('a repository that is not registered yet is waited for', async () => {
    const { git, installation, operator, cluster } = stage
    const project = await openProject(installation, {
      git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    const late = `${project.id}-late`
    await operator.createWorkflow({
      id: late,
      repository: late,
      auto_sync: true,
      destination: { namespace: project.namespace },
    })
    const repository = await git.createRepository(late)
    await repository.commit({ 'b.yaml': documents(configMap('b', { x: '1' })) }, 'first')
    await operator.registerRepository({ id: late, url: git.url(late), poll_interval: '1s' })
    const made = () => cluster.get(configMapPath(project.namespace, 'b'))
    expect(await until(made, { what: 'the object is there' })).toMatchObject({ data: { x: '1' } })
  })

  test('a revision of which nothing was kept is fetched, and synced', async () => {
    const { project, syncPast } = await movedToAnotherFolder()
    const second = await project.push(twoFolders('2'))
    await syncPast(second, project.first)
    await project.untilSynced(project.first)
    expect(await stage.cluster.get(configMapPath(project.namespace, 'b'))).toMatchObject({ data: { x: '1' } })
    await project.untilEvent('PlanMade', ({ revision, tree }) => revision === second && tree !== '')
  })

  test('a revision that the remote has no more fails the sync', async () => {
    const { project, syncPast } = await movedToAnotherFolder()
    const gone = { revision: 'f'.repeat(40), tree: 'e'.repeat(40), message: '', author: '', committed_at: '' }
    await transact(
      stage.installation.log,
      { ...recordedBy(repositoryStream(project.id)), decider: repositoryDecider },
      observeRevision(gone),
    )
    const second = await project.push(twoFolders('2'))
    await syncPast(second, gone.revision)
    const failed = await project.untilEvent('SyncFailed')
    expect(failed).toMatchObject({ sync_id: 'sync-past', stage: 'source' })
    expect(failed.message).toContain('the files of the revision cannot be read')
    await project.untilEvent('PlanMade', ({ revision, tree }) => revision === second && tree !== '')
  })
})

const recordedBy = (stream: string) => ({ stream, cause: { commandId: randomUUID(), actor: 'tester' } })

const twoFolders = (x: string) => ({
  'a/a.yaml': documents(configMap('a', { x })),
  'b/b.yaml': documents(configMap('b', { x })),
})

/** A project that was planned in one folder; `syncPast` turns it to the other once the head is planned, and asks for a commit of before. */
async function movedToAnotherFolder() {
  const { installation, git, operator } = stage
  const project = await openProject(installation, { git, auto_sync: false, target_path: 'a', files: twoFolders('1') })
  await project.untilEvent('PlanMade')
  const syncPast = async (head: string, revision: string) => {
    await project.untilEvent('PlanMade', (plan) => plan.revision === head)
    const destination = { namespace: project.namespace }
    await operator.createWorkflow({ id: project.id, repository: project.id, target_path: 'b', destination })
    await transact(
      installation.log,
      { ...recordedBy(workflowStream(project.id)), decider: workflowDecider },
      requestSync('sync-past', 'manual', revision),
    )
  }
  return { project, syncPast }
}
