import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  ApprovalRequiredError,
  InvalidRequestError,
  NotFoundError,
  PreconditionError,
  SyncFailedError,
  UnauthenticatedError,
  type Event,
  type Plimsoll,
  type WorkflowStatus,
} from '@plimsoll/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carriers, newRepository, openClientStage, type ClientStage } from './client-stage.ts'
import { configMap, configMapPath, documents } from './manifests.ts'
import type { RunningApi } from './open-api.ts'

let stage: ClientStage
let api: RunningApi
beforeAll(async () => {
  stage = await openClientStage()
  api = stage.api
})
afterAll(() => stage[Symbol.asyncDispose]())

const files = (x: string) => ({ 'k8s/a.yaml': documents(configMap('a', { x })) })

async function newWorkflow(plimsoll: Plimsoll, settings: object = {}) {
  const { id, url, ...rest } = await newRepository(stage, files('1'))
  await plimsoll.registerRepository({ id, url })
  const destination = { namespace: rest.namespace }
  await plimsoll.createWorkflow({ id, repository: id, target_path: 'k8s', destination, ...settings })
  return { id, url, ...rest }
}

describe.each(carriers)('over %s', (_carrier, openPlimsoll) => {
  let plimsoll: Plimsoll
  beforeAll(() => {
    plimsoll = openPlimsoll({ url: api.url, token: api.token })
  })
  afterAll(() => plimsoll[Symbol.asyncDispose]())

  test('a commit is planned, synced, shown and rolled back', async () => {
    const { id, url, repository, namespace, first } = await newRepository(stage, files('1'))
    const repositoryId = await plimsoll.registerRepository({ url })
    const workflowId = await plimsoll.createWorkflow({
      id,
      name: 'Production Infrastructure',
      repository: repositoryId,
      target_path: 'k8s',
      destination: { namespace },
      sync_policy: { auto_prune: true, health_check: { enabled: true, timeout: '10m' } },
    })
    expect(workflowId).toBe(id)
    expect(await plimsoll.getWorkflowStatus(id)).toMatchObject({ status: 'active', auto_sync: false })

    const diff = await plimsoll.generateDiff(id)
    expect(diff).toMatchObject({
      schema: 'plan.v1',
      workflow_id: id,
      revision: first,
      summary: { total_changes: 1, created_resources: 1, conflict_count: 0 },
      changes: [{ type: 'create', resource: 'ConfigMap/a', desired_state: { data: { x: '1' } } }],
    })

    const synced = await plimsoll.syncWorkflow(id, { reason: 'the first', plan: diff?.digest })
    expect(synced).toMatchObject({ ok: true, result: { status: 'succeeded', commit_hash: first } })
    const path = configMapPath(namespace, 'a')
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: '1' } })
    const status = await plimsoll.getWorkflowStatus(id)
    expect(status).toMatchObject({
      id,
      name: 'Production Infrastructure',
      status: 'synced',
      auto_sync: false,
      repository: repositoryId,
      last_sync_result: {
        id: synced.sync_id,
        status: 'succeeded',
        commit_hash: first,
        metrics: { resources_processed: 1, resources_applied: 1, resources_skipped: 0, conflicts_resolved: 0 },
      },
    })
    expect(status.last_sync_result?.metrics?.duration).toMatch(/^\d+(\.\d+)?(ms|s)$/)
    expect(await plimsoll.generateDiff(id)).toBeNull()
    expect(await plimsoll.listObjects(id)).toMatchObject([{ kind: 'ConfigMap', name: 'a', namespace }])

    const second = await repository.commit(files('2'), 'second')
    expect(await plimsoll.previewChanges(id)).toMatchObject({ revision: second, summary: { updated_resources: 1 } })
    expect(await plimsoll.syncWorkflow(id)).toMatchObject({ ok: true, result: { commit_hash: second } })
    expect((await plimsoll.comparePoints(id, { from: first, to: second })).diff?.changes).toHaveLength(1)
    expect((await plimsoll.comparePoints(id, { from: second })).diff).toBeNull()

    expect(await plimsoll.planRollback(id)).toMatchObject({ changes: [{ resource: 'ConfigMap/a' }] })
    const undone = await plimsoll.rollbackWorkflow(id, 'Health check failed')
    expect(undone).toMatchObject({
      ok: true,
      already_rolled_back: false,
      result: { reason: 'Health check failed', revision: first, from_revision: second },
    })
    expect(await stage.cluster.get(path)).toMatchObject({ data: { x: '1' } })
    expect(await plimsoll.rollbackWorkflow(id, 'again')).toMatchObject({ ok: true, already_rolled_back: true })
    expect(await plimsoll.getWorkflowStatus(id)).toMatchObject({ rejected: [{ revision: second }] })
    expect(await plimsoll.reinstateRevision(id)).toBe(true)
    expect(await plimsoll.reinstateRevision(id)).toBe(false)
    expect((await plimsoll.listWorkflows({ repository: repositoryId })).map((one) => one.id)).toEqual([id])

    await plimsoll.deleteWorkflow(id, { cascade: true })
    await expect(plimsoll.getWorkflowStatus(id)).rejects.toThrow(NotFoundError)
    await plimsoll.deleteRepository(repositoryId)
  })

  test('the quick setup is the same when it is said again', async () => {
    const { url, namespace, first } = await newRepository(stage, files('1'))
    const setup = { repo: url, target_path: 'k8s', destination: { namespace }, rollback_on_failure: true }
    const made = await plimsoll.workflow(setup)
    expect(made).toEqual({
      workflow_id: expect.any(String) as string,
      repository_id: expect.any(String) as string,
      status: 'created',
      auto_sync: false,
      diff_preview: true,
      rollback_on_failure: true,
    })
    expect(await plimsoll.workflow(setup)).toEqual(made)
    expect(await plimsoll.syncWorkflow(made.workflow_id)).toMatchObject({ ok: true, result: { commit_hash: first } })
  })

  test('lists stand for themselves, in what is asked and in what is answered', async () => {
    const settings = {
      depends_on: [],
      allow: { namespaces: ['shop'], kinds: ['ConfigMap'] },
      sync_policy: {
        sync_windows: [{ kind: 'deny', schedule: '0 22 * * 1-5', duration: '2h' }],
        retry: { limit: 3, backoff: 'exponential' },
      },
      ignore: [{ kind: 'Deployment', json_pointers: ['/spec/replicas'] }],
      impact: { 'config-map': 'high' },
      labels: { app: 'shop' },
    }
    const { id } = await newWorkflow(plimsoll, { ...settings, impact: {} })
    const { config } = await plimsoll.getWorkflowStatus(id)
    expect(config).toMatchObject({ ...settings, impact: {} })
    expect(await plimsoll.updateWorkflow(id, { allow: { kinds: ['Secret'] } })).toBe(true)
    expect((await plimsoll.getWorkflowStatus(id)).config.allow).toMatchObject({ kinds: ['Secret'] })
    expect(await plimsoll.createWorkflow(config)).toBe(id)
  })

  test('a sync that waits for approval says so at once, as a value', async () => {
    const { id } = await newWorkflow(plimsoll, { approval: { required: true, allow_requester: true } })
    const waiting = await plimsoll.syncWorkflow(id)
    if (waiting.ok) throw new Error('it did not wait')
    const { error } = waiting
    if (!(error instanceof ApprovalRequiredError)) throw error
    expect(error).toMatchObject({ code: 'approval_required', retryable: false })
    expect(await plimsoll.approveSync(id, error.plan)).toBe(true)
    await untilStatus(plimsoll, id, 'synced')
    await expect(plimsoll.refuseSync(id)).rejects.toThrow(PreconditionError)
    expect(await plimsoll.cancelSync(id)).toBe(false)
  })

  test('a sync that fails is a value with its faults', async () => {
    const { id, repository } = await newWorkflow(plimsoll)
    await repository.commit({ 'k8s/a.yaml': documents(configMap('A b', {})) }, 'no name of an object')
    const failed = await plimsoll.syncWorkflow(id)
    if (failed.ok || !(failed.error instanceof SyncFailedError)) throw new Error('it did not fail')
    expect(failed.error).toMatchObject({ code: 'sync_failed', result: { status: 'failed' } })
    expect(failed.error.because).toContain('A b')
  })

  test('errors say what, where, because and try', async () => {
    const unknown = await failure(plimsoll.getWorkflowStatus('nobody-made-this'))
    expect(unknown).toBeInstanceOf(NotFoundError)
    expect(unknown).toMatchObject({ name: 'NotFoundError', code: 'not_found', retryable: false })
    expect(unknown).toMatchObject({
      what: 'There is no workflow "nobody-made-this"',
      because: expect.stringMatching(/^(there are|none)/) as string,
      try: expect.stringContaining('plimsoll workflow create') as string,
    })
    const { id } = await newWorkflow(plimsoll)
    const nothing = await failure(plimsoll.rollbackWorkflow(id, 'nothing was synced'))
    expect(nothing).toBeInstanceOf(PreconditionError)
    const wrong = { repository: id, auto_prun: true }
    expect(await failure(plimsoll.createWorkflow(wrong))).toMatchObject({
      name: 'InvalidRequestError',
      where: 'auto_prun',
    })
    const refused = await failure(plimsoll.createWorkflow({ repository: id, target_path: '/etc' }))
    expect(refused).toBeInstanceOf(InvalidRequestError)
    expect(refused).toMatchObject({ where: 'target_path' })
    await using stranger = openPlimsoll({ url: api.url, token: 'none' })
    expect(await failure(stranger.getSystemStatus())).toBeInstanceOf(UnauthenticatedError)
  })

  test('the status of then is told, by an instant and by a position', async () => {
    const { id } = await newWorkflow(plimsoll)
    const { position } = await plimsoll.getSystemStatus()
    const before = new Date()
    await plimsoll.syncWorkflow(id)
    const events = await Array.fromAsync(plimsoll.readEvents({ workflow_id: id }))
    const asked = events.find(({ type }) => type === 'SyncRequested')?.position
    if (asked === undefined) throw new Error('the sync left no event')
    const then = await plimsoll.getWorkflowStatus(id, { at: position })
    expect(then).toMatchObject({ status: 'active', moment: { position } })
    // Others record events all the while: between the two, too.
    for (const at of [before, `@${before.toISOString()}`]) {
      const { status, moment } = await plimsoll.getWorkflowStatus(id, { at })
      expect(status).toBe('active')
      expect(moment?.position).toBeGreaterThanOrEqual(position)
      expect(moment?.position).toBeLessThan(asked)
      expect(Date.parse(moment?.time ?? '')).toBeLessThanOrEqual(before.getTime())
    }
    expect(await plimsoll.listObjects(id, { at: before })).toEqual([])
    expect(await plimsoll.listObjects(id)).toHaveLength(1)
  })

  test('a workflow is watched, and the events of it', async () => {
    const { id } = await newWorkflow(plimsoll)
    const stop = new AbortController()
    const states = plimsoll.watchWorkflow(id)
    const untilTold = async (wanted: WorkflowStatus['status'] | undefined) => {
      for (;;) {
        const { value } = await states.next()
        if (value === undefined) throw new Error('the watch ended')
        if (value.workflow?.status === wanted) return
      }
    }
    expect((await states.next()).value).toMatchObject({ workflow: { status: 'active' } })
    const seen: Event[] = []
    const watched = (async () => {
      for await (const event of plimsoll.watchEvents({ workflow_id: id, signal: stop.signal })) seen.push(event)
    })()
    await plimsoll.syncWorkflow(id)
    await untilTold('synced')
    await plimsoll.deleteWorkflow(id)
    await untilTold(undefined)
    expect((await states.next()).done).toBe(true)
    const recorded = await Array.fromAsync(plimsoll.readEvents({ workflow_id: id }))
    expect(recorded.map(({ type }) => type)).toContain('WorkflowDeleted')
    stop.abort(new Error('enough'))
    await expect(watched).rejects.toThrow('enough')
    expect(seen).toEqual(recorded.slice(0, seen.length))
    const [first] = recorded
    expect(first).toMatchObject({ type: 'WorkflowCreated', stream: `workflow-${id}`, version: 1 })
    expect(typeof first?.position).toBe('number')
    const later = { workflow_id: id, from_position: (first?.position ?? 0) + 1, limit: 1 }
    expect(await Array.fromAsync(plimsoll.readEvents(later))).toEqual([recorded[1]])
  })

  test('a watch that is taken up again does not tell what was seen', async () => {
    const { id } = await newWorkflow(plimsoll)
    const { value: first } = await plimsoll.watchWorkflow(id).next()
    if (first === undefined) throw new Error('the watch ended')
    await plimsoll.syncWorkflow(id)
    const { value: newest } = await plimsoll.watchWorkflow(id, { resume_token: first.token }).next()
    expect(newest).toMatchObject({ workflow: { status: 'synced' } })
    const resumed = plimsoll.watchWorkflow(id, { resume_token: newest?.token })
    const next = resumed.next()
    await plimsoll.updateWorkflow(id, { name: 'Renamed' })
    expect((await next).value?.token).not.toBe(newest?.token)
    await resumed.return()
  })

  test('a signal ends a call, and a watch before it began', async () => {
    const reason = new Error('not any more')
    const signal = AbortSignal.abort(reason)
    await expect(plimsoll.getSystemStatus({ signal })).rejects.toBe(reason)
    await expect(plimsoll.readEvents({ signal }).next()).rejects.toBe(reason)
    await using other = openPlimsoll({ url: api.url, token: api.token })
    const waiting = other.watchEvents({ stream: 'workflow-nothing-comes-here' }).next()
    await other[Symbol.asyncDispose]()
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await expect(other.getSystemStatus()).rejects.toMatchObject({ code: 'closed' })
  })

  test('a cluster is registered, looked at and removed', async () => {
    const kubeconfig = await readFile(stage.installation.kubeconfig, 'utf8')
    const id = `c${randomBytes(5).toString('hex')}`
    expect(await plimsoll.registerCluster({ id, kubeconfig, reason: 'a second one' })).toBe(id)
    expect(await plimsoll.getCluster(id)).toMatchObject({ id, registered: true, workflows: [] })
    expect((await plimsoll.listClusters()).map((cluster) => cluster.id)).toContain(id)
    const { id: workflow } = await newWorkflow(plimsoll, { destination: { cluster: id } })
    expect(await failure(plimsoll.removeCluster(id))).toMatchObject({
      name: 'PreconditionError',
      because: expect.stringContaining(workflow) as string,
    })
    await plimsoll.deleteWorkflow(workflow)
    const wrong = { id: 'nobody', server: 'https://127.0.0.1:1', token: 'none' }
    expect(await failure(plimsoll.registerCluster(wrong))).toBeInstanceOf(PreconditionError)
    expect(await failure(plimsoll.getCluster('nobody'))).toBeInstanceOf(NotFoundError)
  })

  test('the progress of several workflows is told, and watched', async () => {
    const system = `s${randomBytes(5).toString('hex')}`
    const { id: first } = await newWorkflow(plimsoll, { labels: { system, environment: 'staging' } })
    const labels = { system, environment: 'production' }
    const { id: second } = await newWorkflow(plimsoll, { labels, depends_on: [first] })
    const selector = `system=${system}`
    const progress = await plimsoll.getProgress({ selector })
    expect(progress.environments).toMatchObject([
      { workflow_id: first, environment: 'staging', after: [], current: false },
      { workflow_id: second, environment: 'production', after: [first] },
    ])
    expect((await plimsoll.listWorkflows({ selector })).map(({ id }) => id)).toEqual([first, second].toSorted())
    const seen: boolean[] = []
    const begun = Promise.withResolvers<void>()
    const watched = (async () => {
      for await (const { environments, summary } of plimsoll.watchProgress({ selector })) {
        expect(summary).not.toBe('')
        seen.push(environments[0]?.current ?? false)
        begun.resolve()
        if (seen.at(-1)) return
      }
    })()
    await Promise.race([begun.promise, watched])
    await plimsoll.syncWorkflow(first)
    await watched
    expect(seen[0]).toBe(false)
    expect(await failure(plimsoll.getProgress({ selector: 'a==,' }))).toBeInstanceOf(InvalidRequestError)
  })

  test('a workflow without hooks has no output, and one that is well has nothing set aside', async () => {
    const { id } = await newWorkflow(plimsoll)
    expect(await Array.fromAsync(plimsoll.readHookOutput(id))).toEqual([])
    expect(await plimsoll.unpark({ workflow_id: id })).toEqual([])
    expect(await failure(plimsoll.unpark({ repository: 'nobody' }))).toBeInstanceOf(NotFoundError)
    expect(await failure(plimsoll.readHookOutput('nobody').next())).toBeInstanceOf(NotFoundError)
  })

  test('auto-sync is stopped and started', async () => {
    expect(await plimsoll.stopAutoSync({ reason: 'a freeze' })).toBe(true)
    expect((await plimsoll.getSystemStatus()).auto_sync).toBe(false)
    expect(await plimsoll.startAutoSync()).toBe(true)
    expect(await plimsoll.startAutoSync()).toBe(false)
  })
})

async function untilStatus(plimsoll: Plimsoll, id: string, wanted: WorkflowStatus['status']): Promise<void> {
  for await (const { workflow } of plimsoll.watchWorkflow(id)) if (workflow?.status === wanted) return
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('it succeeded')
    },
    (error: unknown) => error,
  )
}
