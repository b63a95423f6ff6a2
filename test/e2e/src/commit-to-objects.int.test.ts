import { randomBytes } from 'node:crypto'
import { freshNamespace, until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  brokenDeployment,
  configMap,
  configMapPath,
  customResourceDefinition,
  deployment,
  deploymentPath,
  documents,
} from './manifests.ts'
import { openProject, watchProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const web = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  greeting: hello
---
# Starts at once on the test cluster.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: web:1
`

describe.concurrent('a commit becomes objects', () => {
  test('the first commit becomes objects, and the sync ends when they are healthy', async () => {
    const { namespace, first, untilSynced } = await openProject(stage.installation, {
      git: stage.git,
      files: { 'k8s/web.yaml': web },
      target_path: 'k8s',
    })
    const sync = await untilSynced(first)
    expect(sync).toMatchObject({ healthy: true, metrics: { resources_processed: 2, resources_applied: 2 } })
    expect(await stage.cluster.get(configMapPath(namespace, 'settings'))).toMatchObject({ data: { greeting: 'hello' } })
    expect(await stage.cluster.get(deploymentPath(namespace, 'web'))).toMatchObject({
      status: { availableReplicas: 2 },
    })
  })

  test('the next commit updates and adds, and leaves what it no longer holds with a warning', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('kept', { x: '1' })), 'b.yaml': documents(configMap('left', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const second = await project.push({
      'a.yaml': documents(configMap('kept', { x: '2' })),
      'b.yaml': null,
      'c.yaml': documents(configMap('added', { x: '1' })),
    })
    await project.untilSynced(second)
    const get = (name: string) => stage.cluster.get(configMapPath(project.namespace, name))
    expect(await get('kept')).toMatchObject({ data: { x: '2' } })
    expect(await get('added')).toMatchObject({ data: { x: '1' } })
    expect(await get('left')).toMatchObject({ data: { x: '1' } })
    const plan = await project.untilEvent('PlanMade', ({ revision }) => revision === second)
    expect(plan.summary).toMatchObject({ created_resources: 1, updated_resources: 1, deleted_resources: 0 })
    expect(plan.summary.warning_count).toBe(1)
  })

  test('with auto_prune what a commit no longer holds is deleted', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('kept', { x: '1' }), configMap('gone', { x: '1' })) },
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const sync = await project.untilSynced(await project.push({ 'a.yaml': documents(configMap('kept', { x: '1' })) }))
    expect(await stage.cluster.get(configMapPath(project.namespace, 'gone'))).toBeUndefined()
    expect(await stage.cluster.get(configMapPath(project.namespace, 'kept'))).toMatchObject({ data: { x: '1' } })
    expect(sync.metrics).toMatchObject({ resources_processed: 2, resources_applied: 1, resources_skipped: 1 })
  })

  test('a Namespace that a commit no longer holds stays, with a warning, also with auto_prune', async () => {
    const space = `space-${randomBytes(4).toString('hex')}`
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'a.yaml': documents(configMap('a', { x: '1' })),
        'space.yaml': documents({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } }),
      },
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const second = await project.push({ 'space.yaml': null, 'a.yaml': documents(configMap('a', { x: '2' })) })
    await project.untilSynced(second)
    expect(await stage.cluster.get(`/api/v1/namespaces/${space}`)).toMatchObject({ status: { phase: 'Active' } })
    const plan = await project.untilEvent('PlanMade', ({ revision }) => revision === second)
    expect(plan.summary).toMatchObject({ deleted_resources: 0, warning_count: 1 })
  })

  test('a commit that comes while another one is being synced is synced after it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(brokenDeployment('web', 'broken:1')) },
      sync_policy: { health_check: { timeout: '20s' } },
    })
    await project.untilEvent('SyncStarted', ({ revision }) => revision === project.first)
    const second = await project.push({ 'a.yaml': documents(deployment('web')) })
    await project.untilSynced(second)
    const starts = (await project.events()).filter(({ type }) => type.startsWith('Sync') && type !== 'SyncRequested')
    // The first waits for health in vain: it ends when its time is over, or makes way as soon as the second is planned.
    const ended = expect.stringMatching(/^Sync(Failed|Superseded)$/) as string
    expect(starts.map(({ type }) => type)).toEqual(['SyncStarted', ended, 'SyncStarted', 'SyncSucceeded'])
    const live = await stage.cluster.get(deploymentPath(project.namespace, 'web'))
    expect(live).toMatchObject({ status: { availableReplicas: 1 } })
  })

  test('one commit brings a CRD with its custom resource and a Namespace with its content', async () => {
    const word = `w${randomBytes(4).toString('hex')}`
    const group = `${word}.example.com`
    const project = await openProject(stage.installation, {
      git: stage.git,
      // In an order in which the API server would refuse them.
      files: {
        'all.yaml': documents(
          { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'one' }, spec: { size: 3 } },
          configMap('inside', { x: '1' }, `${word}-space`),
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${word}-space` } },
          customResourceDefinition(group),
        ),
      },
    })
    await project.untilSynced(project.first)
    const gadget = await stage.cluster.get(`/apis/${group}/v1/namespaces/${project.namespace}/gadgets/one`)
    expect(gadget).toMatchObject({ spec: { size: 3 } })
    expect(await stage.cluster.get(configMapPath(`${word}-space`, 'inside'))).toMatchObject({ data: { x: '1' } })
  })

  test('the items of a List become objects of their own', async () => {
    const items = [configMap('one', { x: '1' }), configMap('two', { x: '2' })]
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'list.json': documents({ apiVersion: 'v1', kind: 'List', items }) },
    })
    const sync = await project.untilSynced(project.first)
    expect(sync.metrics.resources_applied).toBe(2)
    expect(await stage.cluster.get(configMapPath(project.namespace, 'two'))).toMatchObject({ data: { x: '2' } })
  })

  test('with create_namespace the namespace of the destination is made first', async () => {
    const namespace = `made-${randomBytes(4).toString('hex')}`
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
      destination: { namespace, create_namespace: true },
    })
    await project.untilSynced(project.first)
    expect(await stage.cluster.get(configMapPath(namespace, 'a'))).toMatchObject({ data: { x: '1' } })
    await project.untilSynced(await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) }))
    expect(await stage.cluster.get(configMapPath(namespace, 'a'))).toMatchObject({ data: { x: '2' } })
  })

  test('a commit to another folder appends nothing to the workflow', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'k8s/a.yaml': documents(configMap('a', { x: '1' })), 'docs/readme.md': 'one' },
      target_path: 'k8s',
    })
    await project.untilSynced(project.first)
    const before = await project.events()
    const elsewhere = await project.push({ 'docs/readme.md': 'two' })
    await until(async () => (await project.source()).head?.revision === elsewhere, { what: 'the commit is observed' })
    // The commit after it is synced: had the one before asked for anything, that would stand in between.
    const third = await project.push({ 'k8s/a.yaml': documents(configMap('a', { x: '2' })) })
    await project.untilSynced(third)
    const added = (await project.events()).slice(before.length)
    expect(added.map(({ type }) => type)).toEqual([
      'SyncRequested',
      'PlanMade',
      'SyncStarted',
      'WaveApplied',
      'SyncSucceeded',
    ])
  })

  test('the whole repository can be bound where a folder of it is bound already', async () => {
    const { installation, git, operator } = stage
    const project = await openProject(installation, {
      git,
      target_path: 'a',
      files: {
        'a/a.yaml': documents(configMap('a', { x: '1' })),
        'b/b.yaml': documents(configMap('b', { x: '1' }, await freshNamespace())),
      },
    })
    await project.untilSynced(project.first)
    const whole = watchProject(installation, { ...project, id: `${project.id}-whole` })
    const destination = { namespace: await freshNamespace() }
    await operator.createWorkflow({ id: whole.id, repository: project.id, auto_sync: true, destination })
    expect(await whole.untilSynced(project.first)).toMatchObject({ metrics: { resources_processed: 2 } })
  })

  test('what a failed sync left unhealthy does not hold the next one up when that deletes it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'a.yaml': documents(configMap('a', { x: '1' })),
        'b.yaml': documents(deployment('b', { image: 'broken:1' })),
      },
      sync_policy: { auto_prune: true, health_check: { timeout: '5s' } },
    })
    expect(await project.untilEnd(project.first)).toMatchObject({ type: 'SyncFailed', data: { stage: 'health' } })
    await project.untilSynced(await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })), 'b.yaml': null }))
  })
})
