import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const inWave = (wave: string, object: ReturnType<typeof configMap>, annotation = 'plimsoll.dev/sync-wave') => ({
  ...object,
  metadata: { ...(object as { metadata: object }).metadata, annotations: { [annotation]: wave } },
})
const deployment = (image: string) => {
  const labels = { app: 'database' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } }
  // Its controller says after a second that what is broken failed for good.
  const deadline = image.startsWith('broken') && { progressDeadlineSeconds: 1 }
  const spec = { replicas: 1, selector: { matchLabels: labels }, template, ...deadline }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'database' }, spec }
}

test('waves come one after the other, each when the one before it is healthy, and go the other way round', async () => {
  const files = (image: string) => ({
    'late.yaml': documents(inWave('5', configMap('late', { x: '1' }), 'argocd.argoproj.io/sync-wave')),
    'first.yaml': documents(inWave('-1', configMap('first', { x: '1' }))),
    'database.yaml': documents(deployment(image)),
  })
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: files('broken:1'),
    sync_policy: { auto_prune: true, health_check: { timeout: '60s' } },
  })
  const get = (name: string) => stage.cluster.get(configMapPath(project.namespace, name))
  const planned = await project.untilEvent('PlanMade')
  expect(planned.summary.created_resources).toBe(3)
  await project.untilEvent('WaveApplied', ({ wave }) => wave === -1)
  const database = `/apis/apps/v1/namespaces/${project.namespace}/deployments/database`
  await until(async () => (await stage.cluster.get(database)) !== undefined, { what: 'the database is applied' })
  expect(await get('first')).toBeDefined()
  expect(await get('late')).toBeUndefined()
  const failed = await project.untilEvent('SyncFailed')
  expect(failed).toMatchObject({ stage: 'health', metrics: { resources_applied: 2 } })
  expect(await get('late')).toBeUndefined()

  const healed = await project.push(files('database:1'))
  await project.untilSynced(healed)
  expect(await get('late')).toBeDefined()
  const waves = (await project.events()).flatMap((event) => (event.type === 'WaveApplied' ? [event.data.wave] : []))
  expect(waves).toEqual([-1, 0, 0, 5])

  const emptied = await project.repository.commit(
    { 'late.yaml': null, 'first.yaml': null, 'kept.yaml': documents(configMap('kept', { x: '1' })) },
    'the rest goes',
  )
  await project.untilSynced(emptied)
  const pruned = (await project.events()).flatMap((event) => (event.type === 'WaveApplied' ? [event.data.wave] : []))
  expect(pruned.slice(4)).toEqual([0, 5, -1])
  expect(await get('first')).toBeUndefined()
})

test('a wave that is no number is told with its file and line', async () => {
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: { 'a.yaml': documents(inWave('second', configMap('a', { x: '1' }))) },
  })
  const failed = await project.untilEvent('PlanFailed')
  expect(failed.faults).toMatchObject([
    { where: 'a.yaml:1', because: 'its sync wave "second" is no whole number from -999999 to 999999' },
  ])
})
