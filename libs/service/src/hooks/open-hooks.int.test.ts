import { randomBytes } from 'node:crypto'
import { markLabel, refOf, withMark, workflowConfig, workflowDecider } from '@plimsoll/domain'
import type { CommandHook, HookPhase, HookRecord, KubernetesObject, ObjectHook, WorkflowEvent } from '@plimsoll/domain'
import { apiProxy, freshNamespace, testEnvironment, until } from '@plimsoll/harness'
import { apply, get, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HooksRun } from './hooks-run.ts'
import { openHooks } from './open-hooks.ts'

let cluster: Cluster
let namespace: string
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
  namespace = await freshNamespace()
})
afterAll(() => cluster[Symbol.asyncDispose]())

const mark = randomBytes(8).toString('hex')

function hook(object: KubernetesObject, more: Partial<ObjectHook> = {}): ObjectHook {
  const { kind, metadata } = object
  return {
    kind: 'object',
    phase: 'PreSync',
    wave: 0,
    name: `${kind}/${metadata.name}`,
    object,
    delete_policies: ['BeforeHookCreation'],
    origin: 'argocd',
    where: 'a.yaml:1',
    ...more,
  }
}
const command = (index: number, phase: HookPhase = 'PreSync'): CommandHook => {
  const field = phase === 'PreSync' ? 'pre_sync_hooks' : 'post_sync_hooks'
  return { kind: 'command', phase, wave: 0, name: `${field}[${index}]`, index, command: 'true' }
}
const configMap = (name: string, data: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})
const job = (name: string, image = 'job:1'): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace },
  spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } } },
})
const failing: HooksRun['customHealth'] = {
  has: (_, kind) => kind === 'ConfigMap',
  judge: async () => ({ status: 'Degraded', message: 'it says no', final: true }),
}
const live = (object: KubernetesObject) => get(cluster, refOf(object))

type Recorder = {
  readonly told: string[]
  readonly run: HooksRun
  readonly kept: unknown[]
  /** To those who look on. */
  readonly shown: unknown[]
}

/** `onEnd` is called as the end of a hook is recorded. */
function recorder(more: Partial<HooksRun>, onEnd: (hook: string) => Promise<void> = async () => {}): Recorder {
  const config = workflowConfig({ id: 'w', repository: 'r', destination: { namespace } })
  if (!config.ok) throw new Error('the configuration of a test must be sound')
  const told: string[] = []
  const kept: unknown[] = []
  const shown: unknown[] = []
  const run: HooksRun = {
    cluster,
    vault: {
      mark,
      hash: (text) => Buffer.from(text).toString('hex'),
      put: async (body) => `kept-${kept.push(body)}`,
      get: () => Promise.reject(new Error('nothing is read')),
    },
    config: config.value,
    id: randomBytes(4).toString('hex'),
    hooks: [],
    records: [],
    customHealth: undefined,
    hidden: async () => ['open sesame'],
    record: async (events: readonly WorkflowEvent[]) => {
      for (const { type, data } of events) {
        if (type === 'HookStarted') told.push(`begin ${data.hook}`)
        if (type !== 'HookFinished') continue
        told.push(`${data.ok ? 'end' : 'failed'} ${data.hook}`)
        await onEnd(data.hook)
      }
    },
    mayWrite: () => {},
    tell: ({ name }, happening) => void shown.push([name, happening]),
    signal: AbortSignal.timeout(120_000),
    ...more,
  }
  return { told, kept, shown, run }
}

test('commands come first in PreSync and last in PostSync, one by one; objects by wave and kind', async () => {
  const ran: string[] = []
  const runCommand: HooksRun['runCommand'] = async ({ name }) => {
    ran.push(name)
    return { fault: undefined, durationMs: 1, output: null, isOutside: false }
  }
  const before = [
    command(0),
    command(1),
    hook(configMap('early'), { wave: -1 }),
    hook(job('needs')),
    hook(configMap('has')),
  ]
  const after = [hook(configMap('last'), { phase: 'PostSync' }), command(0, 'PostSync')]
  const { told, run } = recorder({ hooks: [...before, ...after], runCommand })
  const hooks = openHooks(run)
  expect(await hooks.run('PreSync')).toBeUndefined()
  expect(await hooks.run('PostSync')).toBeUndefined()
  expect(told.filter((line) => line.startsWith('begin'))).toEqual([
    'begin pre_sync_hooks[0]',
    'begin pre_sync_hooks[1]',
    'begin ConfigMap/early',
    'begin ConfigMap/has',
    'begin Job/needs',
    'begin ConfigMap/last',
    'begin post_sync_hooks[0]',
  ])
  expect(ran).toEqual(['pre_sync_hooks[0]', 'pre_sync_hooks[1]', 'post_sync_hooks[0]'])
  expect(await hooks.run('SyncFail')).toBeUndefined()
})

test('nothing of a phase goes before its end, as another hook may need it', async () => {
  const settings = configMap('for-the-job')
  let isThere: boolean | undefined
  const { run } = recorder(
    {
      hooks: [
        hook(settings, { delete_policies: ['HookSucceeded'] }),
        hook(job('reads-it'), { wave: 1, delete_policies: ['HookSucceeded'] }),
        hook(job('stays'), { wave: 1, delete_policies: ['HookFailed'] }),
      ],
    },
    async (name) => {
      if (name === 'Job/reads-it') isThere = (await live(settings)) !== undefined
    },
  )
  expect(await openHooks(run).run('PreSync')).toBeUndefined()
  expect(isThere).toBe(true)
  expect(await live(settings)).toBeUndefined()
  expect(await live(job('reads-it'))).toBeUndefined()
  expect(await live(job('stays'))).toBeDefined()
})

test('a run that is taken up finds its object, and passes over what has ended', async () => {
  const hooks = [hook(configMap('done')), hook(configMap('begun'))]
  const first = recorder({ hooks })
  await openHooks(first.run).run('PreSync')
  const uid = (await live(configMap('begun')))?.metadata.uid
  const records: readonly HookRecord[] = [
    { phase: 'PreSync', hook: 'ConfigMap/done', ended: { ok: true, message: '', outside: false } },
    { phase: 'PreSync', hook: 'ConfigMap/begun', ended: null },
  ]
  const next = recorder({ hooks, records, id: first.run.id })
  expect(await openHooks(next.run).run('PreSync')).toBeUndefined()
  expect(next.told).toEqual(['end ConfigMap/begun'])
  expect((await live(configMap('begun')))?.metadata.uid).toBe(uid)

  const failed = records.map((one) => ({ ...one, ended: { ok: false, message: 'it was so', outside: false } }))
  expect(await openHooks(recorder({ hooks, records: failed }).run).run('PreSync')).toMatchObject({
    stage: 'hook',
    rejects: true,
    faults: [{ because: 'it was so' }, { because: 'it was so' }],
  })
})

test('whoever takes up a run knows whether the failure of a hook was the cluster’s', async () => {
  const hooks = [hook(configMap('forbidden'))]
  await using poor = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED') })
  const asked: WorkflowEvent = {
    type: 'SyncRequested',
    data: { sync_id: 'sync-1', trigger: 'manual', revision: null, plan: null, by: null, prune_kept: false },
  }
  const log = [workflowDecider.encode(asked)]
  const record = async (events: readonly WorkflowEvent[]) => void log.push(...events.map(workflowDecider.encode))
  const { run } = recorder({ cluster: poor, hooks, record, id: 'sync-1' })
  expect(await openHooks(run).run('PreSync')).toMatchObject({ rejects: false })
  const { sync } = log.map(workflowDecider.decode).reduce(workflowDecider.evolve, workflowDecider.initial)
  const next = recorder({ hooks, id: run.id, records: sync?.hooks ?? [] })
  expect(await openHooks(next.run).run('PreSync')).toMatchObject({ stage: 'hook', rejects: false })
  expect(next.told).toEqual([])
})

test('who looks on is told what a hook waits for, masked', async () => {
  let asked = 0
  const customHealth: HooksRun['customHealth'] = {
    has: (_, kind) => kind === 'ConfigMap',
    judge: async ({ data }) => {
      asked += 1
      const isDone = (data as { done?: string } | undefined)?.done === 'yes'
      return { status: isDone ? 'Healthy' : 'Progressing', message: isDone ? 'done' : 'it says open sesame' }
    },
  }
  const waits = configMap('waits', { done: 'no' })
  const { run, shown } = recorder({ hooks: [hook(waits)], customHealth })
  const running = openHooks(run).run('PreSync')
  await until(() => asked > 0, { what: 'it is waited for', timeoutMs: 60_000 })
  await apply(cluster, configMap('waits', { done: 'yes' }), { fieldManager: 'kubectl', force: true })
  expect(await running).toBeUndefined()
  expect(shown).toEqual([
    ['ConfigMap/waits', { waits_for: '' }],
    ['ConfigMap/waits', { waits_for: 'the ConfigMap: it says ***' }],
    ['ConfigMap/waits', { ok: true, message: 'done', duration_ms: expect.any(Number) as number }],
  ])
})

test('what another run has left makes room if its policy says so, and what is not ours never does', async () => {
  const old = configMap('old')
  await openHooks(recorder({ hooks: [hook(old)] }).run).run('PreSync')
  const uid = (await live(old))?.metadata.uid
  const kept = recorder({ hooks: [hook(old, { delete_policies: ['HookFailed'] })] })
  expect(await openHooks(kept.run).run('PreSync')).toMatchObject({
    faults: [{ because: expect.stringContaining('lives on from an earlier run') as string }],
  })
  expect((await live(old))?.metadata.uid).toBe(uid)
  expect(await openHooks(recorder({ hooks: [hook(old)] }).run).run('PreSync')).toBeUndefined()
  expect((await live(old))?.metadata.uid).not.toBe(uid)

  await apply(cluster, configMap('theirs'), { fieldManager: 'kubectl' })
  const refused = await openHooks(recorder({ hooks: [hook(configMap('theirs'))] }).run).run('PreSync')
  expect(refused?.faults[0]?.because).toContain('does not belong to this workflow')
  expect((await live(configMap('theirs')))?.metadata.labels?.[markLabel]).toBeUndefined()
})

test('a hook that fails ends its phase, with what its pod has written, masked', async () => {
  await using proxy = await apiProxy()
  await using proxied = await openCluster({ kubeconfig: proxy.kubeconfig })
  // In place of the kubelet, which the test cluster has none of.
  proxy.intercept(({ path }) => (path.includes('/log?') ? { status: 200, body: { said: 'open sesame' } } : undefined))
  const { told, kept, shown, run } = recorder({
    cluster: proxied,
    hooks: [hook(job('fails', 'broken:1'), { delete_policies: ['HookFailed'] }), hook(configMap('never'), { wave: 1 })],
  })
  const failure = await openHooks(run).run('PreSync')
  proxy.intercept(undefined)
  expect(told).toEqual(['begin Job/fails', 'failed Job/fails'])
  expect(failure).toMatchObject({ stage: 'hook', rejects: true })
  expect(failure?.faults[0]?.because).toMatch(/backoff limit.*; its log ends: \{"said":"\*\*\*"\}$/i)
  expect(kept).toEqual([{ text: '{"said":"***"}' }])
  // How many states of the Job are seen in between is a matter of the moment.
  expect([...shown.slice(0, 1), ...shown.slice(-2)]).toEqual([
    ['Job/fails', { waits_for: '' }],
    ['Job/fails', { text: '{"said":"***"}' }],
    ['Job/fails', { ok: false, message: failure?.faults[0]?.because, duration_ms: expect.any(Number) as number }],
  ])
  expect(await live(job('fails'))).toBeUndefined()
})

test('a sync that is cancelled as a hook fails says why the hook failed, and tidies up', async () => {
  const cancelled = new AbortController()
  const stop = async () => cancelled.abort(new Error('ada cancelled it'))
  const fails = hook(configMap('fails-as-it-is-cancelled'), { delete_policies: ['HookFailed'] })
  const { run } = recorder({ hooks: [fails], customHealth: failing, cancelled: cancelled.signal }, stop)
  const failure = await openHooks(run).run('PreSync')
  expect(failure).toMatchObject({ stage: 'hook', rejects: true, faults: [{ because: 'it says no' }] })
  expect(await live(fails.object)).toBeUndefined()
})

test('a sync that is cancelled while a hook runs lets go of those that have ended', async () => {
  const cancelled = new AbortController()
  const [ended, waits] = [configMap('ended-before'), configMap('waits-for-ever')]
  const customHealth: HooksRun['customHealth'] = {
    has: (_, kind) => kind === 'ConfigMap',
    judge: async ({ metadata: { name } }) => {
      if (name === ended.metadata.name) return { status: 'Healthy', message: '' }
      cancelled.abort(new Error('ada cancelled it'))
      return { status: 'Progressing', message: 'not yet' }
    },
  }
  const hooks = [hook(ended, { delete_policies: ['HookSucceeded'] }), hook(waits, { wave: 1 })]
  const { run } = recorder({ hooks, customHealth, cancelled: cancelled.signal })
  expect(await openHooks(run).run('PreSync')).toMatchObject({
    stage: 'cancelled',
    faults: [
      { what: expect.stringContaining('while the PreSync hook ConfigMap/waits-for-ever was running') as string },
    ],
  })
  expect(await live(ended)).toBeUndefined()
  expect(await live(waits)).toBeDefined()
})

test('nothing is begun of a hook whose sync is cancelled', async () => {
  const cancelled = new AbortController()
  const never = configMap('never-begun')
  const record = async () => cancelled.abort(new Error('ada cancelled it'))
  const { run } = recorder({ hooks: [hook(never)], cancelled: cancelled.signal, record })
  expect(await openHooks(run).run('PreSync')).toMatchObject({ stage: 'cancelled' })
  expect(await live(never)).toBeUndefined()
})

test.each(['Healthy', 'Degraded'] as const)('what a check says of a hook that is %s is masked', async (status) => {
  const customHealth: HooksRun['customHealth'] = {
    has: (_, kind) => kind === 'ConfigMap',
    judge: async () => ({ status, message: 'it says open sesame', final: true }),
  }
  const ends: WorkflowEvent[] = []
  const { run } = recorder({
    hooks: [hook(configMap(`says-${status.toLowerCase()}`))],
    customHealth,
    record: async (events) => void ends.push(...events),
  })
  const failure = await openHooks(run).run('PreSync')
  expect(ends.at(-1)).toMatchObject({ type: 'HookFinished', data: { message: 'it says ***' } })
  expect(failure?.faults.map(({ because }) => because)).toEqual(status === 'Healthy' ? undefined : ['it says ***'])
})

test('a hook puts nothing in the place of what is kept and holds data or others', async () => {
  const claim: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  }
  await apply(cluster, withMark(claim, mark))
  const uid = (await live(claim))?.metadata.uid
  const failure = await openHooks(recorder({ hooks: [hook(claim)] }).run).run('PreSync')
  expect(failure?.faults[0]?.because).toContain('is kept by this workflow')
  expect(await live(claim)).toMatchObject({ metadata: { uid } })
  expect((await live(claim))?.metadata['deletionTimestamp']).toBeUndefined()
})

test('what holds data or others is made once, and is not made anew by the next run', async () => {
  const made: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${namespace}-of-hook` } }
  for (const delete_policies of [['BeforeHookCreation'], []] as const) {
    const { run } = recorder({ hooks: [hook(made, { delete_policies })] })
    expect(await openHooks(run).run('PreSync')).toBeUndefined()
  }
  const first = await live(made)
  expect(await openHooks(recorder({ hooks: [hook(made)] }).run).run('PreSync')).toBeUndefined()
  expect((await live(made))?.metadata.uid).toBe(first?.metadata.uid)
})

test('what the API server refuses is a fault, and a cluster that refuses its engine rejects nothing', async () => {
  const invalid = hook({ ...configMap('invalid'), data: { x: 1 } })
  expect(await openHooks(recorder({ hooks: [invalid] }).run).run('PreSync')).toMatchObject({ rejects: true })
  await using poor = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED') })
  const forbidden = recorder({ cluster: poor, hooks: [hook(configMap('forbidden'))] })
  expect(await openHooks(forbidden.run).run('PreSync')).toMatchObject({ stage: 'hook', rejects: false })
})
