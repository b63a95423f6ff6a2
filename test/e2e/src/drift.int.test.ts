import { isDeepStrictEqual } from 'node:util'
import { approveSync, pauseWorkflow, resumeWorkflow, workflowStatus } from '@plimsoll/domain'
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
  const startedAt = Date.now()
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
  // The API server keeps whole seconds.
  expect(Date.parse(found.objects[0]?.time ?? '')).toBeGreaterThan(startedAt - 1_000)

  await cluster.apply(path, { ...configMap('a', { x: '1' }, project.namespace) }, 'somebody')
  expect(await project.untilEvent('DriftHealed')).toMatchObject({ left: 0, how: 'itself', by: null })
  // Whose it is by now does not matter: it drifts again all the same.
  await cluster.apply(path, { ...configMap('a', { x: '3' }, project.namespace) }, 'somebody')
  await until(
    async () => {
      const all = await types(project)
      return all.lastIndexOf('DriftDetected') > all.indexOf('DriftHealed')
    },
    { what: 'the second drift is told' },
  )
})

test('what is deleted is put back as it was synced last, although auto_sync is off', async () => {
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

  await cluster.delete(path)
  await until(() => cluster.get(path), { what: 'it is there again' })
  // Not the newer commit, which nobody has synced.
  expect(await cluster.get(path)).toMatchObject({ data: { x: '1' } })
  expect(await project.untilEvent('DriftHealed')).toMatchObject({ left: 0, how: 'heal' })
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

test('an object whose mark is taken off drifts and is put back; one that only looks like ours does not matter', async () => {
  const { installation, git, cluster } = stage
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    sync_policy: { self_heal: true },
  })
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')
  const live = await cluster.get(path)
  const labels = live?.metadata.labels as Readonly<Record<string, string>>
  // A copy, as of somebody who exports the object and creates it under another name.
  await cluster.apply(configMapPath(project.namespace, 'copy'), {
    ...configMap('copy', {}, project.namespace),
    metadata: { name: 'copy', labels, annotations: live?.metadata.annotations },
  })
  await cluster.patch(path, { metadata: { labels: { 'plimsoll.dev/workflow': null } } })
  const { objects, total } = await project.untilEvent('DriftDetected')
  expect({ objects, total }).toMatchObject({ objects: [{ name: 'a', what: 'unmarked' }], total: 1 })
  await project.untilEvent('DriftHealed')
  expect((await cluster.get(path))?.metadata.labels).toEqual(labels)
  expect(await cluster.get(configMapPath(project.namespace, 'copy'))).toBeDefined()
})

test('ignored fields, fields of others and status are no drift', async () => {
  const { installation, git, cluster } = stage
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { mine: '1', theirs: '1' }), configMap('b', { x: '1' })) },
    ignore: [{ kind: 'ConfigMap', name: 'a', json_pointers: ['/data/theirs'] }],
  })
  await project.untilSynced(project.first)
  await cluster.patch(configMapPath(project.namespace, 'a'), { data: { theirs: '2', more: '3' } })
  await cluster.patch(configMapPath(project.namespace, 'a'), { metadata: { annotations: { note: 'seen' } } })
  // What comes after it is found, and it alone.
  await cluster.patch(configMapPath(project.namespace, 'b'), { data: { x: '2' } })
  const { objects, total } = await project.untilEvent('DriftDetected')
  expect({ objects, total }).toMatchObject({ objects: [{ name: 'b', fields: ['data.x'] }], total: 1 })
})

test('drift is left while the workflow is paused or auto-sync is stopped, and put back when that is over', async () => {
  const { installation, git, cluster, operator } = stage
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    sync_policy: { self_heal: true },
  })
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')
  const untilBack = () =>
    until(async () => (isDeepStrictEqual((await cluster.get(path))?.['data'], { x: '1' }) ? true : undefined), {
      what: 'it is put back',
    })
  const heals = async () => (await types(project)).filter((type) => type === 'DriftHealed').length

  await operator.decide(project.id, pauseWorkflow('ada', ''))
  await cluster.patch(path, { data: { x: '2' } })
  expect(await project.untilEvent('DriftDetected')).toMatchObject({ heal_at: null })
  await operator.decide(project.id, resumeWorkflow('ada'))
  await untilBack()
  await until(async () => (await heals()) === 1 || undefined, { what: 'it is told' })

  await operator.stopAutoSync()
  try {
    await cluster.patch(path, { data: { x: '3' } })
    await until(async () => ((await project.workflow()).drift?.heal_at === null ? true : undefined), {
      what: 'it is seen',
    })
  } finally {
    await operator.startAutoSync()
  }
  await untilBack()
})

test('a workload that turns unhealthy after its sync makes the workflow degraded, once, until it is well again', async () => {
  const { installation, git, cluster } = stage
  const project = await openProject(installation, { git, files: { 'web.yaml': documents(deployment('web')) } })
  await project.untilSynced(project.first)
  const path = deploymentPath(project.namespace, 'web')
  const quotas = `/api/v1/namespaces/${project.namespace}/resourcequotas`
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '1' } } }
  await cluster.apply(`${quotas}/few`, quota)
  // Once its status says so it counts for the controller, and a while later for what admits pods.
  const another = { metadata: { name: 'another' }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
  await until(
    async () => {
      const pods = `/api/v1/namespaces/${project.namespace}/pods?dryRun=All`
      const { status, body } = await cluster.request('POST', pods, { apiVersion: 'v1', kind: 'Pod', ...another })
      return status === 403 && JSON.stringify(body).includes('exceeded quota')
    },
    { what: 'the quota counts' },
  )
  await cluster.patch(`${path}/scale`, { spec: { replicas: 2 } })
  const unhealthy = await project.untilEvent('HealthObserved')
  expect(unhealthy).toMatchObject({ healthy: false, objects: [{ name: 'web', status: 'Degraded' }], total: 1 })
  expect(unhealthy.message).toContain('exceeded quota')
  const statusNow = async () =>
    workflowStatus({ workflow: await project.workflow(), startTime: null, endTime: null })?.status
  expect(await statusNow()).toBe('degraded')

  await cluster.delete(`${quotas}/few`)
  await cluster.patch(`${path}/scale`, { spec: { replicas: 1 } })
  await project.untilEvent('HealthObserved', ({ healthy }) => healthy)
  expect(await statusNow()).toBe('synced')
  expect((await types(project)).filter((type) => type === 'HealthObserved')).toHaveLength(2)
  expect(await types(project)).not.toContain('DriftDetected')
})

test('a heal waits for approval where syncs do, and puts back what was approved', async () => {
  const { installation, git, cluster, operator } = stage
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b', { x: '1' })) },
    sync_policy: { self_heal: true },
    approval: { required: true },
  })
  const approve = async (times: number) => {
    const asked = async () => (await project.events()).filter((event) => event.type === 'ApprovalRequested')
    const last = await until(async () => ((await asked()).length >= times ? (await asked()).at(-1) : undefined), {
      what: 'an approval is asked for',
    })
    await operator.decide(project.id, approveSync(last.data.plan, 'ada', ''))
  }
  await approve(1)
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')
  await cluster.delete(path)
  await approve(2)
  await until(() => cluster.get(path), { what: 'it is there again' })
  expect(await project.untilEvent('DriftHealed')).toMatchObject({ how: 'heal', left: 0 })
})
