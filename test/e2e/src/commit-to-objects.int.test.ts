import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, deploymentPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
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
})
