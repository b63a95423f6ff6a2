import { workflowStatus } from '@plimsoll/domain'
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

test('who changes a field back after each heal is named, and healed later each time', async () => {
  const { installation, git, cluster } = stage
  const project = await openProject(installation, {
    git,
    files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    sync_policy: { self_heal: true },
  })
  await project.untilSynced(project.first)
  const path = configMapPath(project.namespace, 'a')
  const contest = async () => (await project.workflow()).drift?.contest ?? undefined
  const fought = await until(
    async () => {
      await cluster.apply(path, configMap('a', { x: '2' }, project.namespace), 'rival')
      return contest()
    },
    { what: 'the fight is told', timeoutMs: 120_000, intervalMs: 500 },
  )
  expect(fought).toMatchObject({ object: { name: 'a' }, field: 'data.x', manager: 'rival', heals: 5 })
  const status = workflowStatus({ workflow: await project.workflow(), startTime: null, endTime: null })
  expect(status).toMatchObject({
    status: 'degraded',
    reason: expect.stringMatching(
      /^Someone fights us: rival changes ConfigMap\/a data\.x, healed 5 times in /,
    ) as string,
  })
  // After 0, 2, 4, 8 and 16 seconds, and not once more.
  expect((await project.events()).filter(({ type }) => type === 'DriftHealed')).toHaveLength(5)
})
