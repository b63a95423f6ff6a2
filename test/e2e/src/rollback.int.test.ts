import { randomBytes } from 'node:crypto'
import { createWorkflow, workflowStatus } from '@plimsoll/domain'
import type { WorkflowConfig, WorkflowEvent, WorkflowRow } from '@plimsoll/domain'
import { getBlob, readRow } from '@plimsoll/event-log'
import { until } from '@plimsoll/harness'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { brokenDeployment, configMap, configMapPath, deployment, deploymentPath, documents } from './manifests.ts'
import { openProject, patienceMs, type Project } from './project.ts'
import { openStage, type Stage } from './stage.ts'

/** Enough for what does start on a busy machine. */
const health = { health_check: { timeout: '20s' } }

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

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

/** Warnings of a plan as people read it. */
async function planBodyOf(digest: string | null): Promise<{ readonly warnings: readonly string[] }> {
  const body = await getBlob(stage.installation.log, digest ?? '')
  return JSON.parse(Buffer.from(body).toString('utf8')) as { readonly warnings: readonly string[] }
}

const isData = (live: object | undefined, data: object) =>
  JSON.stringify((live as { data?: object } | undefined)?.data) === JSON.stringify(data)

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
        brokenDeployment('web'),
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

  test('what was rejected does not come back with the next commits, and a different set lifts it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      // The readme lies within what the render reads: with it the tree changes, and what it declares does not.
      files: { 'k8s/a.yaml': documents(deployment('web')), 'k8s/readme.md': '0', 'docs/other.md': '0' },
      target_path: 'k8s',
      rollback_on_failure: true,
      sync_policy: health,
    })
    await project.untilSynced(project.first)
    const bad = await project.push({ 'k8s/a.yaml': documents(brokenDeployment('web')) })
    await project.untilEvent('RollbackSucceeded')
    let newest = bad
    for (let nth = 1; nth <= 10; nth++) {
      await project.push({ 'docs/other.md': `${nth}` })
      newest = await project.push({
        'k8s/readme.md': `${nth}`,
        'k8s/a.yaml': `# ${nth}\n---\n${documents(brokenDeployment('web'))}`,
      })
    }
    await project.untilEvent('PlanMade', ({ revision }) => revision === newest)
    const all = await project.events()
    expect(all.filter(({ type }) => type === 'SyncStarted')).toHaveLength(2)
    expect(all.filter(({ type }) => type === 'RollbackRequested')).toHaveLength(1)
    expect(await imageOf(project)).toBe('web:1')
    expect((await statusOf(project))?.auto_sync).toBe(true)

    const good = await project.push({ 'k8s/a.yaml': documents(deployment('web', { image: 'web:3' })) })
    await project.untilSynced(good)
    expect(await imageOf(project)).toBe('web:3')
    expect((await project.workflow()).rejected).toEqual([])
  })

  test('a manual sync of what is rejected is refused until a person reinstates it', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const second = await project.push({ 'a.yaml': documents(configMap('a', { x: '2' })) })
    await project.untilSynced(second)
    await stage.operator.rollBack(project.id)
    await project.untilEvent('RollbackSucceeded')
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '1' } })
    const refused = await stage.operator.requestSync(project.id)
    const end = await project.untilEvent('SyncFailed', ({ sync_id }) => sync_id === refused)
    expect(end).toMatchObject({ stage: 'plan', faults: [{ what: 'the revision is rejected', where: second }] })
    await untilStatus(project, `revision ${second.slice(0, 8)} is rejected until`)

    await stage.operator.reinstate(project.id)
    await until(async () => (await project.events()).filter(({ type }) => type === 'SyncSucceeded').length === 3, {
      what: 'auto-sync brings it back',
      timeoutMs: patienceMs,
    })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'a'))).toMatchObject({ data: { x: '2' } })
  })

  test('a second rollback after an automatic one writes nothing', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web')) },
      sync_policy: { health_check: { ...health.health_check, failure_mode: 'rollback' } },
    })
    await project.untilSynced(project.first)
    await project.push({ 'a.yaml': documents(brokenDeployment('web')) })
    await project.untilEvent('RollbackSucceeded')
    await project.untilEvent('PlanMade', ({ sync_id }) => sync_id === null)
    // How it fares may be told meanwhile.
    const done = async () => (await project.events()).filter(({ type }) => /^(Sync|Rollback)/.test(type))
    const before = await done()
    await stage.operator.rollBack(project.id)
    expect(await done()).toEqual(before)
    expect(await imageOf(project)).toBe('web:1')
  })

  test('after two automatic rollbacks in a row auto-sync waits for a person', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web')) },
      rollback_on_failure: true,
      sync_policy: health,
    })
    await project.untilSynced(project.first)
    for (const image of ['broken:2', 'broken:3'] as const) {
      const bad = await project.push({ 'a.yaml': documents(deployment('web', { image })) })
      await project.untilEnd(bad)
      await project.untilEvent('RevisionRejected', ({ revision }) => revision === bad)
    }
    await until(async () => (await project.workflow()).rollbacksInARow === 2, { what: 'both are rolled back' })
    const third = await project.push({ 'a.yaml': documents(deployment('web', { image: 'web:4' })) })
    const plan = await project.untilEvent('PlanMade', ({ revision }) => revision === third)
    expect(plan.sync_id).toBeNull()
    await untilStatus(project, 'auto-sync waits for a person')
    expect(await imageOf(project)).toBe('web:1')
    await stage.operator.reinstate(project.id)
    await project.untilSynced(third)
    expect(await imageOf(project)).toBe('web:4')
  })

  test('a Namespace and a claim to storage that the bad commit added are kept and reported', async () => {
    const space = `space-${randomBytes(4).toString('hex')}`
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web')) },
      rollback_on_failure: true,
      sync_policy: health,
    })
    await project.untilSynced(project.first)
    await project.push({
      'a.yaml': documents(brokenDeployment('web')),
      'b.yaml': documents(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } },
        configMap('inside', { x: '1' }, space),
        claim,
      ),
    })
    const done = await project.untilEvent('RollbackSucceeded')
    expect(done.kept).toEqual([`Namespace ${space}`, `PersistentVolumeClaim ${project.namespace}/data`])
    expect(await stage.cluster.get(`/api/v1/namespaces/${space}`)).toMatchObject({ status: { phase: 'Active' } })
    const path = `/api/v1/namespaces/${project.namespace}/persistentvolumeclaims/data`
    expect(await stage.cluster.get(path)).toMatchObject({ metadata: { name: 'data' } })
    expect(await stage.cluster.get(configMapPath(space, 'inside'))).toBeUndefined()
    expect((await untilStatus(project, 'kept: ')).reason).toContain(`Namespace ${space}`)
  })

  test('fields of other managers stay as they are', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web'), configMap('a', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.apply(path, configMap('a', { theirs: '1' }), 'kubectl')
    const second = await project.push({
      'a.yaml': documents(deployment('web', { image: 'web:2' }), configMap('a', { x: '2', more: '2' })),
    })
    await project.untilSynced(second)
    await stage.cluster.apply(path, configMap('a', { theirs: '2' }), 'kubectl')
    await stage.operator.rollBack(project.id)
    await project.untilEvent('RollbackSucceeded')
    const live = await stage.cluster.get(path)
    expect(live?.['data']).toEqual({ x: '1', theirs: '2' })
    const owners = live?.metadata['managedFields'] as { manager: string; fieldsV1: { 'f:data'?: object } }[]
    const data = owners.map(({ manager, fieldsV1 }) => [manager, Object.keys(fieldsV1['f:data'] ?? {})] as const)
    expect(Object.fromEntries(data)).toEqual({ plimsoll: ['f:x'], kubectl: ['f:theirs'] })
    expect(await imageOf(project)).toBe('web:1')
  })

  test('an object that was taken over from others is theirs again', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      auto_sync: false,
      files: { 'a.yaml': documents(configMap('theirs', { x: 'ours', y: 'ours' })) },
      sync_policy: { conflict_resolution: 'take' },
    })
    const path = configMapPath(project.namespace, 'theirs')
    await stage.cluster.apply(path, configMap('theirs', { x: 'theirs', z: 'theirs' }), 'kubectl')
    await stage.operator.requestSync(project.id)
    await project.untilSynced(project.first)
    await stage.operator.rollBack(project.id)
    expect(await project.untilEvent('RollbackSucceeded')).toMatchObject({ revision: null, manifest_set: null })
    const live = await stage.cluster.get(path)
    expect(live?.['data']).toEqual({ x: 'theirs', z: 'theirs' })
    expect(live?.metadata['labels']).toBeUndefined()
    const owners = live?.metadata['managedFields'] as { manager: string }[]
    expect(owners.map(({ manager }) => manager)).toEqual(['kubectl'])
    expect((await project.workflow()).applied).toBeNull()
  })

  test('what someone else changed meanwhile is left and told, and put back when it is said', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b', { x: '1' })) },
    })
    await project.untilSynced(project.first)
    await project.untilSynced(
      await project.push({ 'a.yaml': documents(configMap('a', { x: '2' }), configMap('b', { x: '2' })) }),
    )
    const path = configMapPath(project.namespace, 'a')
    await stage.cluster.apply(path, configMap('a', { x: 'theirs' }), 'kubectl')
    await stage.operator.rollBack(project.id)
    const failed = await project.untilEvent('RollbackFailed')
    expect(failed.left).toEqual([expect.stringContaining(`ConfigMap ${project.namespace}/a: `)])
    expect(failed.left[0]).toContain('kubectl')
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: 'theirs' } })
    expect(await stage.cluster.get(configMapPath(project.namespace, 'b'))).toMatchObject({ data: { x: '1' } })
    await untilStatus(project, `left as it is: ConfigMap ${project.namespace}/a`)

    await stage.operator.rollBack(project.id, { force: true })
    await project.untilEvent('RollbackSucceeded')
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: '1' } })
  })

  test('what the workflow may not touch any more is left, also where it would only be removed', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web')) },
    })
    await project.untilSynced(project.first)
    await project.untilSynced(
      await project.push({ 'a.yaml': documents(deployment('web'), configMap('new', { x: '1' })) }),
    )
    const { config } = await project.workflow()
    const allow = { namespaces: null, kinds: ['Deployment'], cluster_scoped: false }
    await stage.operator.decide(project.id, createWorkflow({ ...(config as WorkflowConfig), auto_sync: false, allow }))
    await stage.operator.rollBack(project.id)
    const { left } = await project.untilEvent('RollbackFailed')
    expect(left).toEqual([expect.stringContaining('the workflow may touch the kinds Deployment only') as string])
    expect(await stage.cluster.get(configMapPath(project.namespace, 'new'))).toBeDefined()
  })

  test('a rollback that is asked for while a sync writes waits for its end', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web')) },
      sync_policy: health,
    })
    await project.untilSynced(project.first)
    const bad = await project.push({ 'a.yaml': documents(deployment('web', { image: 'broken:2' })) })
    await project.untilEvent('SyncStarted', ({ revision }) => revision === bad)
    await stage.operator.rollBack(project.id)
    await project.untilEvent('RollbackSucceeded')
    const order = names(await project.events()).filter((type) => /^(Sync(Started|Failed)|Rollback)/.test(type))
    expect(order.slice(1)).toEqual([
      'SyncStarted',
      'RollbackRequested',
      'SyncFailed',
      'RollbackStarted',
      'RollbackSucceeded',
    ])
    expect(await imageOf(project)).toBe('web:1')
  })

  test('what cannot be put back is said before anything is written', async () => {
    const claim = (size: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', labels: { size } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    })
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(configMap('frozen', { x: '1' }), configMap('b', { x: '1' }), claim('small')) },
      sync_policy: { health_check: { enabled: false } },
    })
    await project.untilSynced(project.first)
    const frozen = { ...configMap('frozen', { x: '2' }), immutable: true }
    const second = await project.push({
      'a.yaml': documents(frozen, configMap('b', { x: '2' }), claim('large')),
    })
    await project.untilSynced(second)
    const path = `/api/v1/namespaces/${project.namespace}/persistentvolumeclaims/data`
    await stage.cluster.request('DELETE', path)
    await until(async () => (await stage.cluster.get(path)) === undefined, { what: 'the claim is gone' })

    const asked = await stage.operator.previewRollback(project.id, { force: true })
    const shown = await project.untilEvent('RollbackPlanned', ({ rollback_id }) => rollback_id === asked)
    const { warnings } = await planBodyOf(shown.plan)
    const told = warnings.join('\n')
    expect(told).toContain(
      `PersistentVolumeClaim ${project.namespace}/data is created again, and its data is not put back`,
    )
    expect(told).toMatch(new RegExp(`ConfigMap ${project.namespace}/frozen: .*immutable`))
    expect(names(await project.events())).not.toContain('RollbackStarted')
    expect(await stage.cluster.get(path)).toBeUndefined()
    expect(await stage.cluster.get(configMapPath(project.namespace, 'b'))).toMatchObject({ data: { x: '2' } })
  })

  test('a rollback that fails says what it did and what is left, starts no other, and can be tried again', async () => {
    const project = await openProject(stage.installation, {
      git: stage.git,
      files: { 'a.yaml': documents(deployment('web'), configMap('a', { x: '1' })), 'other.txt': '0' },
      rollback_on_failure: true,
      sync_policy: health,
    })
    await project.untilSynced(project.first)
    const rejected = documents(deployment('web', { image: 'broken:2' }), configMap('a', { x: '2' }))
    const bad = await project.push({ 'a.yaml': rejected })
    const path = configMapPath(project.namespace, 'a')
    await until(async () => isData(await stage.cluster.get(path), { x: '2' }), { what: 'the sync has written' })
    await stage.cluster.apply(path, configMap('a', { x: 'theirs' }), 'kubectl')
    const failed = await project.untilEvent('RollbackFailed')
    expect(failed).toMatchObject({ stage: 'apply', metrics: { resources_processed: 2, resources_applied: 1 } })
    expect(failed.left).toEqual([expect.stringContaining(`ConfigMap ${project.namespace}/a: `)])
    expect(failed.faults[0]?.try).toContain(`plimsoll rollback ${project.id} --force`)
    expect(await imageOf(project)).toBe('web:1')
    const status = await untilStatus(project, 'try it again with `plimsoll rollback`')
    expect(status.reason).toContain(`The rollback to ${project.first.slice(0, 8)} failed: `)
    expect(status.reason).toContain(`left as it is: ConfigMap ${project.namespace}/a`)
    expect(status.reason).toContain(`revision ${bad.slice(0, 8)} is rejected until`)

    // Neither another rollback nor the rejected set: the next commits are planned, and wait.
    const next = await project.push({ 'other.txt': '1', 'a.yaml': `# again\n---\n${rejected}` })
    const plan = await project.untilEvent('PlanMade', ({ revision }) => revision === next)
    expect(plan.sync_id).toBeNull()
    const all = names(await project.events())
    expect(all.filter((type) => type === 'RollbackRequested')).toHaveLength(1)
    expect(all.filter((type) => type === 'SyncStarted')).toHaveLength(2)

    await stage.operator.rollBack(project.id)
    await until(async () => names(await project.events()).filter((type) => type === 'RollbackFailed').length === 2, {
      what: 'the second try fails alike',
      timeoutMs: patienceMs,
    })
    await stage.operator.rollBack(project.id, { force: true })
    expect(await project.untilEvent('RollbackSucceeded')).toMatchObject({ revision: project.first, left: [] })
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: '1' } })
  })
})
