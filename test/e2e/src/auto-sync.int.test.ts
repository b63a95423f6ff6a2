import { randomUUID } from 'node:crypto'
import { createWorkflow, workflowConfig, workflowDecider, workflowStream } from '@plimsoll/domain'
import { transact } from '@plimsoll/event-log'
import { freshNamespace } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject, watchProject } from './project.ts'
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

test('a preview that is asked for first does not keep a new tree from being synced by itself', async () => {
  const { installation, git } = stage
  const project = await openProject(installation, { git, files: { 'a.yaml': documents(configMap('a', { x: '1' })) } })
  await project.untilSynced(project.first)
  const id = `${project.id}-other`
  const destination = { namespace: await freshNamespace() }
  const config = workflowConfig({ id, repository: project.id, auto_sync: true, destination })
  if (!config.ok) throw new Error('no config')
  const stream = workflowStream(id)
  const cause = { commandId: randomUUID(), actor: 'tester' }
  await transact(installation.log, { stream, cause, decider: workflowDecider }, (workflow) => [
    ...createWorkflow(config.value)(workflow),
    { type: 'PlanRequested' as const, data: { revision: null } },
  ])
  const other = watchProject(installation, { ...project, id })
  await other.untilSynced(project.first)
  expect((await other.events()).find(({ type }) => type === 'PlanMade')).toMatchObject({ data: { sync_id: null } })
})
