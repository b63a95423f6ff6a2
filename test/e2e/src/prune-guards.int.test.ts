import { approveSync, requestSync, type WorkflowRequest } from '@plimsoll/domain'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMap, configMapPath, documents } from './manifests.ts'
import { openProject, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const maps = (...names: readonly string[]) => documents(...names.map((name) => configMap(name, { of: name })))
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const open = (files: Readonly<Record<string, string>>, request: Partial<WorkflowRequest> = {}) =>
  openProject(stage.installation, {
    git: stage.git,
    files,
    ...request,
    sync_policy: { auto_prune: true, health_check: { enabled: false }, ...request.sync_policy },
  })
/** Replaces the only file: a commit that adds one beside it would prune nothing. */
const replace = (project: Project, content: string) => project.push({ 'a.yaml': content })
const living = async ({ namespace }: Project, names: readonly string[]) => {
  const found = await Promise.all(names.map((name) => stage.cluster.get(configMapPath(namespace, name))))
  return names.filter((_name, at) => found[at] !== undefined)
}
const claimOf = ({ namespace }: Project) =>
  stage.cluster.get(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/data`)

describe.concurrent('a commit that would delete three of four objects', () => {
  const names = ['a', 'b', 'c', 'd']

  test('waits for approval although the workflow asks for none, and is carried out when it is approved', async () => {
    const project = await open({ 'a.yaml': maps(...names) })
    await project.untilSynced(project.first)
    const second = await replace(project, maps('a'))
    const asked = await project.untilEvent('ApprovalRequested')
    expect(asked.reason).toBe('3 of 4 objects would be deleted (75 %), and sync_policy.prune_budget is 50 %')
    expect(await living(project, names)).toEqual(names)
    await stage.operator.decide(project.id, approveSync(asked.plan, 'grace', 'they moved'))
    await project.untilSynced(second)
    expect(await living(project, names)).toEqual(['a'])
  })

  test('is stale when it is approved after another commit came, whose plan waits instead', async () => {
    const project = await open({ 'a.yaml': maps(...names) })
    await project.untilSynced(project.first)
    await replace(project, maps('a'))
    const first = await project.untilEvent('ApprovalRequested')
    await replace(project, maps('b'))
    const second = await project.untilEvent('ApprovalRequested', ({ plan }) => plan !== first.plan)
    await stage.operator.decide(project.id, approveSync(first.plan, 'grace', ''))
    expect((await project.workflow()).sync?.approval).toMatchObject({ plan: second.plan, approved_by: null })
    expect(await living(project, names)).toEqual(names)
  })

  test('passes with a larger budget', async () => {
    const project = await open({ 'a.yaml': maps(...names) }, { sync_policy: { prune_budget: 75, auto_prune: true } })
    await project.untilSynced(project.first)
    await project.untilSynced(await replace(project, maps('a')))
    expect(await living(project, names)).toEqual(['a'])
    expect((await project.events()).map(({ type }) => type)).not.toContain('ApprovalRequested')
  })

  test('fails before it writes where there is no plan that could be approved', async () => {
    const project = await open({ 'a.yaml': maps(...names) }, { diff_preview: false })
    await project.untilSynced(project.first)
    await replace(project, maps('a'))
    const failed = await project.untilEvent('SyncFailed')
    expect(failed.stage).toBe('approval')
    expect(failed.message).toContain('3 of 4 objects would be deleted')
    expect(await living(project, names)).toEqual(names)
  })
})

test('of two objects one is pruned without a question', async () => {
  const project = await open({ 'a.yaml': maps('a', 'b') })
  await project.untilSynced(project.first)
  await project.untilSynced(await replace(project, maps('c')))
  expect(await living(project, ['a', 'b', 'c'])).toEqual(['c'])
})

describe.concurrent('a volume claim that Git no longer has', () => {
  const withClaim = documents(configMap('a', { x: '1' }), claim)

  test('stays with a warning, and holds no sync up', async () => {
    const project = await open({ 'a.yaml': withClaim })
    await project.untilSynced(project.first)
    const second = await replace(project, maps('a'))
    await project.untilSynced(second)
    expect(await claimOf(project)).toBeDefined()
    expect((await project.events()).map(({ type }) => type)).not.toContain('ApprovalRequested')
  })

  test('goes when somebody asks for it and somebody approves the plan that names it', async () => {
    const project = await open({ 'a.yaml': withClaim })
    await project.untilSynced(project.first)
    await project.untilSynced(await replace(project, maps('a')))
    const asked = requestSync('sync-prune', 'manual', null, null, 'ada', true)
    await stage.operator.decide(project.id, asked)
    const waits = await project.untilEvent('ApprovalRequested')
    expect(waits.reason).toContain(`PersistentVolumeClaim ${project.namespace}/data would be deleted`)
    expect(await claimOf(project)).toBeDefined()
    await stage.operator.decide(project.id, approveSync(waits.plan, 'grace', 'the data was moved'))
    await project.untilEvent('SyncSucceeded', ({ sync_id }) => sync_id === 'sync-prune')
    // The protection of claims lets it go when no pod uses it.
    await until(async () => isGoing(await claimOf(project)), { what: 'the claim goes' })
  })
})

function isGoing(object: unknown): boolean {
  if (object === undefined) return true
  return (object as { metadata: { deletionTimestamp?: string } }).metadata.deletionTimestamp !== undefined
}
