import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

test('stop_auto_sync holds a new commit back as a plan, and start_auto_sync brings it', async () => {
  const project = await openProject(stage.installation, {
    git: stage.git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
  })
  await project.untilSynced(project.first)
  await stage.operator.stopAutoSync()
  const second = await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) })
  const plan = await project.untilEvent('PlanMade', ({ revision }) => revision === second)
  expect(plan.sync_id).toBeNull()
  expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })

  await stage.operator.startAutoSync()
  await project.untilSynced(second)
  expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
})
