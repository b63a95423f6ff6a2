import { randomBytes } from 'node:crypto'
import { workflowStatus } from '@plimsoll/domain'
import type { WorkflowEvent, WorkflowRow } from '@plimsoll/domain'
import { readRow } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, deployment, deploymentPath, documents } from './manifests.ts'
import { openProject, patienceMs, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const health = { health_check: { timeout: '4s' } }
const names = (events: readonly WorkflowEvent[]) => events.map(({ type }) => type)
const imageOf = async ({ namespace }: Project, name = 'web') => {
  const live = await stage.cluster.get(deploymentPath(namespace, name))
  const { spec } = live as { spec?: { template: { spec: { containers: { image: string }[] } } } }
  return spec?.template.spec.containers[0]?.image
}
const statusOf = async ({ id }: Project) => {
  const row = await readRow<WorkflowRow>(stage.installation.log, 'status', `workflow-${id}`)
  return row && workflowStatus(row.body)
}
const untilStatus = (project: Project, text: string) =>
  until(
    async () => {
      const status = await statusOf(project)
      if (!status?.reason.includes(text)) throw new Error(status?.reason)
      return status
    },
    { what: `the status says ${text}`, timeoutMs: patienceMs },
  )

describe.concurrent('what a sync did is put back', () => {
  test('a bad image is rolled back by itself, and the status says so', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: {
        'a.yaml': documents(deployment('web'), configMap('settings', { x: '1' }), configMap('old', { x: '1' })),
      },
      rollback_on_failure: true,
      sync_policy: { ...health, auto_prune: true },
    })
    await project.untilSynced(project.first)
    const bad = await project.push({
      'a.yaml': documents(
        deployment('web', { image: 'broken:2' }),
        configMap('settings', { x: '2', y: '2' }),
        configMap('new', { x: '1' }),
      ),
    })
    expect(await project.untilEnd(bad)).toMatchObject({ type: 'SyncFailed', data: { stage: 'health' } })
    const done = await project.untilEvent('RollbackSucceeded')
    expect(done).toMatchObject({ revision: project.first, healthy: true, kept: [], left: [] })

    const get = (name: string) => stage.cluster.get(configMapPath(project.namespace, name))
    expect(await imageOf(project)).toBe('web:1')
    expect((await get('settings'))?.['data']).toEqual({ x: '1' })
    expect((await get('old'))?.['data']).toEqual({ x: '1' })
    expect(await get('new')).toBeUndefined()
    const status = await untilStatus(project, 'Rolled back')
    expect(status.status).toBe('failed')
    expect(status.reason).toContain(`Rolled back to ${project.first.slice(0, 8)} because Deployment/web is `)
    expect(status.reason).toContain(`revision ${bad.slice(0, 8)} is rejected until`)
  })
})
