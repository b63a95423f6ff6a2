import { randomBytes } from 'node:crypto'
import { refOf, withMark, workflowConfig } from '@plimsoll/domain'
import type { KubernetesObject, LiveState, Step } from '@plimsoll/domain'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, get, openCluster, remove } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carryOut } from './carry-out.ts'
import type { Writer } from './writer.ts'

let cluster: Cluster
let namespace: string
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
  namespace = await freshNamespace()
})
afterAll(() => cluster[Symbol.asyncDispose]())

const mark = randomBytes(8).toString('hex')

function writer(more: Partial<Writer> = {}): Writer {
  const config = workflowConfig({ id: 'w', repository: 'r' })
  if (!config.ok) throw new Error('the configuration of a test must be sound')
  return {
    cluster,
    config: config.value,
    mark,
    hash: (text) => text,
    mayWrite: () => {},
    backUp: async () => {},
    isResumed: false,
    isAgreed: true,
    signal: AbortSignal.timeout(100_000),
    ...more,
  }
}

const configMap = (name: string, x: string): KubernetesObject =>
  withMark({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { x } }, mark)
const budget = (name: string, least: string): KubernetesObject =>
  withMark(
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec: { minAvailable: Number(least), selector: { matchLabels: { app: name } } },
    },
    mark,
  )

const stateOf = ({ metadata: { uid = '', resourceVersion = '', generation } }: KubernetesObject): LiveState => ({
  uid,
  resourceVersion,
  ...(generation !== undefined && { generation }),
})

/** An object as it was planned for, and the step that brings it from there to another state. */
async function planned(before: KubernetesObject, after: KubernetesObject): Promise<Step> {
  const live = stateOf((await apply(cluster, before)).object)
  return { action: 'update', object: after, digest: 'd', live, force: false }
}

const refusal = {
  done: 'failed',
  fault: { because: expect.stringContaining('by someone else after the plan was made') as string },
}

test('an object that someone changed since is left as it is', async () => {
  const step = await planned(configMap('changed', '1'), configMap('changed', '2'))
  await apply(cluster, configMap('changed', 'theirs'))
  expect(await carryOut(writer(), step)).toMatchObject(refusal)
  expect(await get(cluster, refOf(configMap('changed', '')))).toMatchObject({ data: { x: 'theirs' } })
})

test('without an agreement, or going on after a crash, it is written all the same', async () => {
  for (const more of [{ isAgreed: false }, { isResumed: true }]) {
    const step = await planned(configMap('free', '1'), configMap('free', '2'))
    await apply(cluster, configMap('free', 'theirs'))
    expect(await carryOut(writer(more), step)).toMatchObject({ done: 'applied' })
  }
})

test('a change of what nobody declares is none', async () => {
  const step = await planned(budget('status', '1'), budget('status', '2'))
  const { apiVersion, kind, metadata } = budget('status', '1')
  const label = { apiVersion, kind, metadata: { name: metadata.name, namespace, labels: { seen: 'yes' } } }
  const moved = await apply(cluster, label, { fieldManager: 'someone' })
  expect(stateOf(moved.object)).toMatchObject({ generation: 1 })
  expect(moved.object.metadata.resourceVersion).not.toBe(step.action === 'update' ? step.live.resourceVersion : '')
  expect(await carryOut(writer(), step)).toMatchObject({ done: 'applied' })
})

test('what was deleted, or created, since is not made anew, or taken over', async () => {
  const step = await planned(configMap('deleted', '1'), configMap('deleted', '2'))
  await remove(cluster, refOf(configMap('deleted', '')), {})
  expect(await carryOut(writer(), step)).toMatchObject(refusal)
  expect(await get(cluster, refOf(configMap('deleted', '')))).toBeUndefined()

  await apply(cluster, configMap('created', 'theirs'))
  const create: Step = { action: 'create', object: configMap('created', '1'), digest: 'd' }
  expect(await carryOut(writer(), create)).toMatchObject(refusal)
  expect(await get(cluster, refOf(configMap('created', '')))).toMatchObject({ data: { x: 'theirs' } })
})

test('what was to be deleted stays if someone changed it since', async () => {
  const { object } = await apply(cluster, configMap('pruned', '1'))
  await apply(cluster, configMap('pruned', 'theirs'))
  const step: Step = { action: 'delete', ref: refOf(object), live: stateOf(object) }
  expect(await carryOut(writer(), step)).toMatchObject(refusal)
  expect(await get(cluster, refOf(object))).toBeDefined()
})
