import type { Backup, Plan } from '@plimsoll/domain'
import { parseJson } from '@plimsoll/domain'
import { getBlob } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { vaults } from '@plimsoll/service'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, deployment, deploymentPath, documents } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

async function planOf(project: Project, revision: string): Promise<Plan> {
  const made = await project.untilEvent('PlanMade', (data) => data.revision === revision)
  return parseJson(Buffer.from(await getBlob(stage.installation.log, made.plan)).toString('utf8')) as Plan
}

describe.concurrent('what a plan says of objects, and what a sync makes of it', () => {
  test('replicas that someone set stay once a rule is added, and are in no plan', async () => {
    const settings = { target_path: '.', sync_policy: { health_check: { enabled: false } } }
    const project = await openProject(stage.installation, {
      ...settings,
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web', { replicas: 3 })) },
    })
    await project.untilSynced(project.first)
    const path = deploymentPath(project.namespace, 'web')
    const replicas = async () =>
      ((await stage.cluster.get(path))?.['spec'] as { replicas: number } | undefined)?.replicas
    await stage.cluster.patch(path, { spec: { replicas: 5 } })
    const workflow = {
      ...settings,
      id: project.id,
      repository: project.id,
      auto_sync: true,
      destination: { namespace: project.namespace },
    }
    await stage.operator.createWorkflow({
      ...workflow,
      ignore: [{ kind: 'Deployment', json_pointers: ['/spec/replicas'] }],
    })
    const second = await project.push({ 'a.yaml': documents(deployment('web', { replicas: 3, image: 'web:2' })) })
    await project.untilSynced(second)
    expect(await stage.cluster.get(path)).toMatchObject({
      spec: { replicas: 5, template: { spec: { containers: [{ image: 'web:2' }] } } },
    })
    const { changes, conflicts } = await planOf(project, second)
    expect(changes.flatMap(({ fields }) => fields.map((field) => field.path))).toEqual([
      'spec.template.spec.containers[name=web].image',
    ])
    expect(conflicts).toEqual([])

    // Without the rule Git counts again, also where Git did not change.
    await stage.operator.createWorkflow(workflow)
    await until(async () => (await replicas()) === 3, { what: 'Git counts again', timeoutMs: 150_000 })
  })

  test('drift is told with its manager, does not fail the sync, and is taken back', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: 'ours', y: '1' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.apply(path, configMap('a', { x: 'theirs' }), 'somebody')
    const second = await project.push({ 'a.yaml': documents(configMap('a', { x: 'ours', y: '2' })) })
    await project.untilSynced(second)
    expect((await planOf(project, second)).conflicts).toMatchObject([
      { type: 'out_of_sync', blocking: false, manager: 'somebody', current_state: { data: { x: 'theirs' } } },
    ])
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: 'ours', y: '2' } })
  })

  test('an object of another workflow is told with the name of that workflow', async () => {
    const owner = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await owner.untilSynced(owner.first)
    const other = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '2' })) },
      destination: { namespace: owner.namespace },
    })
    const end = await other.untilEnd(other.first)
    expect(end).toMatchObject({ type: 'SyncFailed', data: { stage: 'plan' } })
    expect(end.data.message).toContain(`belongs to the workflow ${owner.id}`)
  })

  test('a kind that nobody knows is a conflict, and the rest of the plan is shown', async () => {
    const basket = { apiVersion: 'shop.example.com/v1', kind: 'Basket', metadata: { name: 'one' } }
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(configMap('a', { x: '1' }), basket) },
    })
    const { changes, conflicts } = await planOf(project, project.first)
    expect(changes).toMatchObject([{ type: 'create', resource: 'ConfigMap/a' }])
    expect(conflicts).toMatchObject([{ type: 'validation', blocking: true, resource: 'Basket/one' }])
  })

  test('an object that is replaced is in the backup, and made anew', async () => {
    const settings = (x: string) => ({
      ...configMap('a', { x }),
      immutable: true,
      metadata: { name: 'a', annotations: { 'plimsoll.dev/replace': 'true' } },
    })
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(settings('1')) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    const old = await stage.cluster.get(path)
    const second = await project.push({ 'a.yaml': documents(settings('2')) })
    await project.untilSynced(second)
    const live = await stage.cluster.get(path)
    expect(live).toMatchObject({ data: { x: '2' } })
    expect(live?.metadata['uid']).not.toBe(old?.metadata['uid'])
    const started = await project.untilEvent('SyncStarted', (data) => data.revision === second)
    const vault = vaults(stage.installation.log, stage.installation.key)(project.id)
    const backup = await vault.get<Backup>(started.backup)
    expect(backup.objects).toMatchObject([{ metadata: { uid: old?.metadata['uid'] }, data: { x: '1' } }])
  })
})
