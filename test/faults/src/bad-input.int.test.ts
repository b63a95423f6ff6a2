import { workflowStream } from '@plimsoll/domain'
import {
  brokenDeployment,
  configMap,
  configMapPath,
  deployment,
  deploymentPath,
  documents,
  openProject,
  openStage,
  watchProject,
  type Stage,
} from '@plimsoll/e2e'
import { workOf } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const good = { 'a.yaml': documents(configMap('a', { x: '1' })) }

/** A workflow whose first commit holds these files; how that went. */
async function outcomeOf(files: Readonly<Record<string, string>>, options: { readonly diff_preview?: boolean } = {}) {
  const project = await openProject(stage.installation, { git: stage.git, files, ...options })
  const end = await project.untilEvent('SyncFailed')
  return { project, end }
}

/** Waits until nothing more is to be done for a workflow; what then stands on its work. */
function untilAtRest(id: string) {
  return Promise.all(
    ['plan', 'write'].map((role) =>
      until(
        async () => {
          const work = await workOf(stage.installation.log, role, workflowStream(id))
          return work?.claimed === false && work.nextAt === null ? work : undefined
        },
        { what: `the role ${role} has nothing to do for ${id}`, timeoutMs: 150_000 },
      ),
    ),
  )
}

const content = { attempts: 0, error: null, parked: null }

describe.concurrent('bad input', () => {
  test('malformed YAML fails with file and line, and the next good commit is synced', async () => {
    const broken = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n data: 1\n'
    const { project, end } = await outcomeOf({ ...good, 'deep/broken.yaml': broken })
    expect(end.stage).toBe('render')
    expect(end.faults.map(({ where }) => where)).toEqual([expect.stringMatching(/^deep\/broken\.yaml:5$/)])
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toBeUndefined()

    await project.untilSynced(await project.push({ 'deep/broken.yaml': null }))
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  })

  test('an unknown kind fails with its place and writes nothing', async () => {
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'one' } }
    const { project, end } = await outcomeOf({ ...good, 'b.yaml': documents(gadget) })
    expect(end).toMatchObject({ stage: 'plan', faults: [{ where: 'b.yaml:1' }] })
    expect(end.message).toContain('Gadget in example.com/v1')
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toBeUndefined()
  })

  test.each([true, false])('an unknown field is final, with diff_preview %s', async (diffPreview) => {
    const wrong = { ...configMap('b', { x: '1' }), dta: { x: '1' } }
    const { project, end } = await outcomeOf({ 'b.yaml': documents(wrong) }, { diff_preview: diffPreview })
    expect(end.stage).toBe(diffPreview ? 'plan' : 'apply')
    expect(end.message).toContain('dta')
    await project.untilSynced(await project.push({ 'b.yaml': good['a.yaml'] }))
    const types = (await project.events()).map(({ type }) => type)
    expect(types.filter((type) => type === 'SyncFailed' || type === 'SyncStalled')).toEqual(['SyncFailed'])
    expect(await untilAtRest(project.id)).toMatchObject([content, content])
  })

  test('a namespace that is missing fails, and says how to get it', async () => {
    const { end } = await outcomeOf({ 'a.yaml': documents(configMap('a', { x: '1' }, 'nowhere-at-all')) })
    expect(end.message).toContain('nowhere-at-all')
    expect(end.faults[0]?.try).toContain('create_namespace')
  })

  test('a value that the API server refuses fails with its reason', async () => {
    const wrong = deployment('web', { replicas: -1 })
    const { end } = await outcomeOf({ 'a.yaml': documents(wrong) })
    expect(end.message).toContain('spec.replicas')
  })

  test('an object that is declared twice fails with both places', async () => {
    const { end } = await outcomeOf({ ...good, 'b.yaml': `# a comment first\n${good['a.yaml']}` })
    expect(end.faults).toMatchObject([
      { where: expect.stringMatching(/^b\.yaml:/), because: expect.stringContaining('a.yaml') },
    ])
  })

  test('a Deployment that does not come up fails the sync, and the next commit repairs it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(brokenDeployment('web', 'broken:1')) },
      sync_policy: { health_check: { timeout: '20s' } },
    })
    const end = await project.untilEvent('SyncFailed')
    expect(end).toMatchObject({ stage: 'health', faults: [{ where: `Deployment ${project.namespace}/web` }] })
    await project.untilSynced(await project.push({ 'a.yaml': documents(deployment('web')) }))
    const live = await stage.cluster.get(deploymentPath(project.namespace, 'web'))
    expect(live).toMatchObject({ status: { availableReplicas: 1 } })
  })

  test('a path whose manifests are all gone prunes nothing', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'k8s/a.yaml': documents(configMap('a', { x: '1' })), 'k8s/readme.md': 'here' },
      target_path: 'k8s',
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const emptied = await project.push({ 'k8s/a.yaml': null })
    const end = await project.untilEvent('SyncFailed', ({ revision }) => revision === emptied)
    expect(end).toMatchObject({ stage: 'render', faults: [{ where: 'k8s' }] })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
  })

  test('a path that is gone prunes nothing, and is synced when it is back', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'k8s/a.yaml': documents(configMap('a', { x: '1' })), 'readme.md': 'here' },
      target_path: 'k8s',
      sync_policy: { auto_prune: true },
    })
    await project.untilSynced(project.first)
    const removed = await project.push({ 'k8s/a.yaml': null })
    const end = await project.untilEvent('SyncFailed', ({ revision }) => revision === removed)
    expect(end.faults).toMatchObject([{ what: 'the target path is missing', where: 'k8s' }])
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })

    await project.untilSynced(await project.push({ 'k8s/a.yaml': documents(configMap('a', { x: '2' })) }))
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
  })

  test('a workflow that fails does not hold up another of the same repository', async () => {
    const files = (x: string) => ({ 'good/a.yaml': documents(configMap('a', { x })), 'bad/b.yaml': `{ ${x}` })
    const project = await openProject(stage.installation, { git: stage.git, files: files('1'), target_path: 'good' })
    const bad = watchProject(stage.installation, { ...project, id: `${project.id}-bad` })
    await stage.operator.createWorkflow({ id: bad.id, repository: project.id, target_path: 'bad', auto_sync: true })
    await bad.untilEvent('SyncFailed')
    const second = await project.push(files('2'))
    await project.untilSynced(second)
    expect((await bad.untilEnd(second)).type).toMatch(/Failed$/)
  })
})
