import { randomBytes } from 'node:crypto'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, deployment, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}

describe.concurrent('deleting a workflow', () => {
  test('takes our marks off its objects and keeps them', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    expect(JSON.stringify((await stage.cluster.get(path))?.metadata['labels'])).toContain('plimsoll.dev/workflow')

    await stage.operator.deleteWorkflow(project.id)
    await project.untilEvent('WorkflowReleased')
    const kept = await stage.cluster.get(path)
    expect(kept).toMatchObject({ data: { x: '1' } })
    expect(kept?.metadata['labels']).toBeUndefined()
    expect(kept?.metadata['annotations']).toBeUndefined()
  })

  test('by cascade deletes its objects, and keeps Namespaces and volume claims', async () => {
    const space = `space-${randomBytes(4).toString('hex')}`
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'a.yaml': documents(configMap('a', { x: '1' }), claim, {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: space },
        }),
      },
      sync_policy: { health_check: { enabled: false } },
    })
    await project.untilSynced(project.first)
    await stage.operator.deleteWorkflow(project.id, { cascade: true })
    const released = await project.untilEvent('WorkflowReleased')
    expect(released.deleted).toBe(1)
    expect(released.kept.toSorted()).toEqual([`Namespace ${space}`, `PersistentVolumeClaim ${project.namespace}/data`])
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toBeUndefined()
    const kept = await stage.cluster.get(`/api/v1/namespaces/${project.namespace}/persistentvolumeclaims/data`)
    expect(kept?.metadata['deletionTimestamp']).toBeUndefined()
    expect(kept?.metadata['uid']).toBeDefined()
    const namespace = await stage.cluster.get(`/api/v1/namespaces/${space}`)
    expect(namespace).toMatchObject({ status: { phase: 'Active' } })
  })

  test('lets another of the same name begin anew', async () => {
    const { installation, operator, git, cluster } = stage
    const project = await openProject(installation, {
      git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    await operator.deleteWorkflow(project.id, { cascade: true })
    await project.untilEvent('WorkflowReleased')
    const request = { repository: project.id, auto_sync: true, destination: { namespace: project.namespace } }
    await operator.createWorkflow({ ...request, id: project.id })
    const again = () => cluster.get(configMapPath(project.namespace, 'a'))
    expect(await until(again, { what: 'the object is there again' })).toMatchObject({ data: { x: '1' } })
  })

  test('while a sync writes lets its objects go when that ends', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' }), deployment('web', { image: 'broken:1' })) },
      sync_policy: { health_check: { timeout: '3s' } },
    })
    const path = configMapPath(project.namespace, 'a')
    await until(() => stage.cluster.get(path), { what: 'the sync writes' })
    await stage.operator.deleteWorkflow(project.id)
    await project.untilEvent('WorkflowReleased')
    const kept = await stage.cluster.get(path)
    expect(kept).toMatchObject({ data: { x: '1' } })
    expect(kept?.metadata['labels']).toBeUndefined()
  })

  test('that names a cluster which nobody knows does not stop the next one of that name', async () => {
    const { installation, operator, git } = stage
    const project = await openProject(installation, {
      git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
      destination: { cluster: 'typo' },
    })
    await project.untilEvent('PlanFailed')
    await operator.deleteWorkflow(project.id)
    await project.untilEvent('WorkflowReleased')
    const request = { repository: project.id, auto_sync: true, destination: { namespace: project.namespace } }
    await operator.createWorkflow({ ...request, id: project.id })
    expect(await project.untilEvent('SyncSucceeded')).toMatchObject({ revision: project.first })
  })
})
