import { evolveWorkflow, initialWorkflow, workflowStatus } from '@plimsoll/domain'
import type { WorkflowEvent } from '@plimsoll/domain'
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
  await until(
    async () => {
      await cluster.apply(path, configMap('a', { x: '2' }, project.namespace), 'rival')
      return (await project.workflow()).drift?.contest
    },
    { what: 'the fight is told', timeoutMs: 300_000, intervalMs: 500 },
  )
  // The log, and not the present: on a slow machine the fight may have gone on meanwhile.
  const events = await project.events()
  const told = events.slice(0, events.findIndex((event) => detected(event)?.contest) + 1)
  const heals = new Set(told.flatMap((event) => requestedHeal(event) ?? []))
  const healed = told.filter((event) => event.type === 'SyncSucceeded' && heals.has(event.data.sync_id))
  expect(healed).toHaveLength(5)
  expect(told.flatMap((event) => detected(event)?.waitMs ?? [])).toEqual([0, 2_000, 4_000, 8_000, 16_000, 32_000])
  const workflow = told.reduce(evolveWorkflow, initialWorkflow)
  expect(workflow.drift?.contest).toMatchObject({ object: { name: 'a' }, field: 'data.x', manager: 'rival', heals: 5 })
  expect(workflowStatus({ workflow, startTime: null, endTime: null })).toMatchObject({
    status: 'degraded',
    reason: expect.stringMatching(
      /^Someone fights us: rival changes ConfigMap\/a data\.x, healed 5 times in /,
    ) as string,
  })
}, 330_000)

/** Drift that was found, and for how long it was left alone. */
function detected(event: WorkflowEvent) {
  if (event.type !== 'DriftDetected') return undefined
  const { at, heal_at, contest } = event.data
  return { contest, waitMs: heal_at === null ? undefined : Date.parse(heal_at) - Date.parse(at) }
}

function requestedHeal(event: WorkflowEvent): string | undefined {
  return event.type === 'SyncRequested' && event.data.trigger === 'heal' ? event.data.sync_id : undefined
}
