import { approveSync, requestSync, type WorkflowRequest } from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployment, deploymentPath, documents } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

// Far longer than these tests take: what ends sooner was superseded.
const healthTimeoutMs = 600_000
const files = (image: string) => ({ 'web.yaml': documents(deployment('web', { image })) })
const open = (image: string, request: Partial<WorkflowRequest> = {}) =>
  openProject(stage.installation, {
    git: stage.git,
    files: files(image),
    rollback_on_failure: true,
    ...request,
    sync_policy: { health_check: { timeout: `${healthTimeoutMs}ms` }, ...request.sync_policy },
  })
const imageOf = async ({ namespace }: Project) => {
  const found = (await stage.cluster.get(deploymentPath(namespace, 'web'))) as
    { spec: { template: { spec: { containers: { image: string }[] } } } } | undefined
  return found?.spec.template.spec.containers[0]?.image
}
/** Waits until all of a revision is applied and only health is waited for. */
const untilApplied = (project: Project, image: string) =>
  until(async () => (await imageOf(project)) === image, { what: `${image} is applied`, timeoutMs: 150_000 })
const typesOf = async (project: Project) => (await project.events()).map(({ type }) => type)

describe.concurrent('a sync that never gets healthy', () => {
  test('makes way for the commit that mends it, which begins at once', async () => {
    const project = await open('web:1')
    await project.untilSynced(project.first)
    const bad = await project.push(files('broken:1'))
    await untilApplied(project, 'broken:1')
    const fix = await project.push(files('web:2'))
    const ended = await project.untilEvent('SyncSuperseded', ({ revision }) => revision === bad)
    expect(ended.by).toBe(`revision ${fix.slice(0, 12)}`)
    await project.untilSynced(fix)
    expect(await imageOf(project)).toBe('web:2')
    expect(await typesOf(project)).not.toContain('RollbackRequested')
    const { newest } = await project.workflow()
    expect(newest).toMatchObject({ revision: fix, before: { revision: project.first } })
  })

  test('is undone with what came after it, to what was before the first of them', async () => {
    const project = await open('web:1')
    await project.untilSynced(project.first)
    await project.push(files('broken:1'))
    await untilApplied(project, 'broken:1')
    const fix = await project.push(files('web:2'))
    await project.untilSynced(fix)
    await stage.operator.rollBack(project.id)
    const undone = await project.untilEvent('RollbackSucceeded')
    expect(undone.revision).toBe(project.first)
    expect(undone.undoes).toHaveLength(2)
    expect(await imageOf(project)).toBe('web:1')
  })

  test('makes way for the sync of another commit that a person asks for', async () => {
    const project = await open('broken:1', { auto_sync: false })
    await stage.operator.requestSync(project.id)
    await untilApplied(project, 'broken:1')
    const fix = await project.push(files('web:1'))
    await until(async () => (await project.source()).head?.revision === fix, { what: 'the commit is seen' })
    await stage.operator.decide(project.id, requestSync('sync-fix', 'manual', fix))
    await project.untilEvent('SyncSuperseded', ({ by }) => by === 'sync-fix')
    const { sync_id } = await project.untilSynced(fix)
    expect(sync_id).toBe('sync-fix')
  })

  test('makes way for no commit that cannot be planned or would wait itself, and is rolled back', async () => {
    // Long enough for two more commits to be planned meanwhile.
    const health_check = { timeout: '60s' }
    const project = await open('web:1', { approval: { from_impact: 'medium' }, sync_policy: { health_check } })
    const seen = new Set<string>()
    const approve = async () => {
      const { plan } = await project.untilEvent('ApprovalRequested', ({ plan: asked }) => !seen.has(asked))
      seen.add(plan)
      await stage.operator.decide(project.id, approveSync(plan, 'grace', ''))
    }
    await approve()
    await project.untilSynced(project.first)
    const bad = await project.push(files('broken:1'))
    await approve()
    await untilApplied(project, 'broken:1')
    const wrong = await project.push({ 'web.yaml': 'kind: [' })
    await project.untilEvent('PlanFailed', ({ revision }) => revision === wrong)
    const waits = await project.push(files('web:2'))
    await project.untilEvent('PlanMade', ({ revision, sync_id }) => revision === waits && sync_id === null)
    const { sync } = await project.workflow()
    expect([sync?.revision, sync?.started]).toEqual([bad, expect.anything()])

    const failed = await project.untilEvent('SyncFailed', ({ revision }) => revision === bad)
    expect(failed.stage).toBe('health')
    const undone = await project.untilEvent('RollbackSucceeded')
    expect(undone.revision).toBe(project.first)
    expect(await typesOf(project)).not.toContain('SyncSuperseded')
  })
})
