import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMapPath, deployment, deploymentPath, documents } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

async function types(project: Project): Promise<readonly string[]> {
  return (await project.events()).map(({ type }) => type)
}

test('a field that somebody changes is drift, by whom and when, until it is as it was', async () => {
  const { installation, git, cluster } = stage
  const project = await openProject(installation, { git, files: { 'a.yaml': documents(configMap('a', { x: '1' })) } })
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')

  await cluster.apply(path, { ...configMap('a', { x: '2' }, project.namespace) }, 'somebody')
  const found = await project.untilEvent('DriftDetected')
  expect(found).toMatchObject({
    objects: [{ kind: 'ConfigMap', name: 'a', what: 'modified', fields: ['data.x'], manager: 'somebody' }],
    total: 1,
    heal_at: null,
    contest: null,
  })
  expect(Date.parse(found.objects[0]?.time ?? '')).toBeGreaterThan(Date.now() - 60_000)

  await cluster.apply(path, { ...configMap('a', { x: '1' }, project.namespace) }, 'somebody')
  expect(await project.untilEvent('DriftHealed')).toMatchObject({ left: 0, how: 'itself', by: null })
  // Whose it is by now does not matter: it drifts again all the same.
  await cluster.apply(path, { ...configMap('a', { x: '3' }, project.namespace) }, 'somebody')
  await until(async () => (await types(project)).filter((type) => type === 'DriftDetected').length === 2 || undefined, {
    what: 'the second drift is told',
  })
})

test('what is deleted is put back within two seconds, although auto_sync is off', async () => {
  const { installation, git, cluster, operator } = stage
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b', { x: '1' })) },
    auto_sync: false,
    sync_policy: { self_heal: true },
  })
  await operator.requestSync(project.id)
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')
  const second = await project.push({ 'a.yaml': documents(configMap('a', { x: '2' }), configMap('b', { x: '1' })) })
  await project.untilEvent('PlanMade', ({ sync_id: sync }) => sync === null)

  const start = performance.now()
  await cluster.delete(path)
  await until(() => cluster.get(path), { what: 'it is there again' })
  const took = performance.now() - start
  // Not the newer commit, which nobody has synced.
  expect(await cluster.get(path)).toMatchObject({ data: { x: '1' } })
  expect(await project.untilEvent('DriftHealed')).toMatchObject({ left: 0, how: 'heal' })
  expect(took).toBeLessThan(5_000)
  // It is planned again, and goes on to wait for a person.
  await until(async () => ((await project.workflow()).plan?.revision === second ? true : undefined), {
    what: 'the newer commit is planned again',
  })
  expect((await project.workflow()).sync).toBeNull()
})

test('replicas that are scaled are no drift, and are left by the heal of another field', async () => {
  const { installation, git, cluster } = stage
  const project = await openProject(installation, {
    git,
    files: { 'web.yaml': documents(deployment('web')) },
    sync_policy: { self_heal: true },
  })
  await project.untilSynced(project.first)
  const path = deploymentPath(project.namespace, 'web')
  await cluster.patch(`${path}/scale`, { spec: { replicas: 2 } })
  await cluster.patch(path, { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:9' }] } } } })
  const { objects } = await project.untilEvent('DriftDetected')
  expect(objects).toMatchObject([{ what: 'modified', fields: ['spec.template.spec.containers[name=web].image'] }])
  await project.untilEvent('DriftHealed')
  expect(await cluster.get(path)).toMatchObject({
    spec: { replicas: 2, template: { spec: { containers: [{ image: 'web:1' }] } } },
  })
})
