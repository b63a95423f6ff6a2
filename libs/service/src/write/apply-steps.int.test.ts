import { randomBytes } from 'node:crypto'
import { refOf, withMark, workflowConfig } from '@plimsoll/domain'
import type { KubernetesObject, Step } from '@plimsoll/domain'
import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { apply, get, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applySteps } from './apply-steps.ts'
import { identityOfOutcome } from './carry-out.ts'
import type { Outcome } from './carry-out.ts'
import type { Writer } from './writer.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const mark = randomBytes(8).toString('hex')

function writer(backedUp: KubernetesObject[] = [], isResumed = false): Writer {
  const config = workflowConfig({ id: 'w', repository: 'r' })
  if (!config.ok) throw new Error('no config')
  return {
    cluster,
    config: config.value,
    mark,
    hash: (text) => text,
    mayWrite: () => {},
    backUp: async (live) => void backedUp.push(live),
    isResumed,
    signal: AbortSignal.timeout(100_000),
  }
}

const object = (apiVersion: string, kind: string, name: string, namespace?: string, rest: object = {}) =>
  withMark({ apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, ...rest }, mark)
const create = (body: KubernetesObject): Step => ({ action: 'create', object: body, digest: 'd' })

async function removal(body: KubernetesObject): Promise<Step> {
  const { metadata } = (await apply(cluster, body)).object
  const live = { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' }
  return { action: 'delete', ref: refOf(body), live }
}

async function carriedOut(steps: readonly Step[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  await applySteps(writer(), steps, (outcome) => outcomes.push(outcome))
  return outcomes
}

test('what others stand on comes first, what is deleted last and the other way round', async () => {
  const old = await freshNamespace()
  const space = `space-${randomBytes(4).toString('hex')}`
  const service = object('v1', 'Service', 'web', space, { spec: { ports: [{ port: 80 }] } })
  const outcomes = await carriedOut([
    await removal(object('v1', 'ConfigMap', 'old', old)),
    await removal(object('v1', 'Service', 'old', old, { spec: { ports: [{ port: 80 }] } })),
    create(service),
    create(object('v1', 'ConfigMap', 'settings', space)),
    create(object('v1', 'Namespace', space)),
  ])
  expect(outcomes.map((outcome) => [outcome.done, identityOfOutcome(outcome)])).toEqual([
    ['applied', `/Namespace//${space}`],
    ['applied', `/ConfigMap/${space}/settings`],
    ['applied', `/Service/${space}/web`],
    ['deleted', `/Service/${old}/old`],
    ['deleted', `/ConfigMap/${old}/old`],
  ])
})

test('a rank that fails somewhere is finished, and those behind it are not begun', async () => {
  const namespace = await freshNamespace()
  const kept = object('v1', 'ConfigMap', 'kept', namespace)
  const outcomes = await carriedOut([
    await removal(kept),
    create(object('v1', 'Service', 'web', namespace, { spec: { ports: [{ port: 80 }] } })),
    create(object('v1', 'ConfigMap', 'good', namespace)),
    create(object('v1', 'ConfigMap', 'bad', namespace, { data: { x: 1 } })),
  ])
  expect(outcomes.map(({ done }) => done).toSorted()).toEqual(['applied', 'failed'])
  expect(outcomes.find(({ done }) => done === 'failed')).toMatchObject({
    action: 'create',
    fault: { what: 'ConfigMap/bad could not be applied', where: `ConfigMap ${namespace}/bad` },
  })
  expect(await get(cluster, refOf(kept))).toBeDefined()
})

test('what was created before a crash is backed up and applied again, and not taken from others', async () => {
  const namespace = await freshNamespace()
  const [ours, theirs] = ['ours', 'theirs'].map((name) =>
    object('v1', 'ConfigMap', name, namespace, { data: { x: '2' } }),
  )
  if (ours === undefined || theirs === undefined) throw new Error('no objects')
  await apply(cluster, { ...ours, data: { x: '1' } })
  const bare = { ...theirs, metadata: { name: 'theirs', namespace }, data: { y: '1' } }
  await apply(cluster, bare, { fieldManager: 'kubectl' })
  const backedUp: KubernetesObject[] = []
  const outcomes: Outcome[] = []
  await applySteps(writer(backedUp), [create(ours), create(theirs)], (outcome) => outcomes.push(outcome))
  expect(outcomes.map(({ done }) => done).toSorted()).toEqual(['applied', 'failed'])
  expect(backedUp).toMatchObject([{ metadata: { name: 'ours' }, data: { x: '1' } }])
  expect(await get(cluster, refOf(ours))).toMatchObject({ data: { x: '2' } })
  expect((await get(cluster, refOf(theirs)))?.['data']).toEqual({ y: '1' })
})

test('what we have created is known as ours, by its uid, also when the answer was lost in a crash', async () => {
  const namespace = await freshNamespace()
  const [ours, old, theirs] = ['ours', 'old', 'theirs'].map((name) =>
    object('v1', 'ConfigMap', name, namespace, { data: { x: '1' } }),
  )
  if (ours === undefined || old === undefined || theirs === undefined) throw new Error('no objects')
  const { metadata } = (await apply(cluster, { ...old, data: { x: '0' } })).object
  const live = { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' }
  const steps: readonly Step[] = [create(ours), { action: 'update', object: old, digest: 'd', live, force: false }]
  const createdBy = async (attempt: Writer, all: readonly Step[]) => {
    const outcomes: Outcome[] = []
    await applySteps(attempt, all, (outcome) => outcomes.push(outcome))
    const applied = outcomes.flatMap((outcome) => (outcome.done === 'applied' ? [outcome.entry] : []))
    return applied.filter(({ created }) => created).map(({ name, uid }) => [name, uid])
  }
  const uidOf = async (of: KubernetesObject) => (await get(cluster, refOf(of)))?.metadata.uid
  expect(await createdBy(writer(), steps)).toEqual([['ours', await uidOf(ours)]])

  const backedUp: KubernetesObject[] = []
  expect(await createdBy(writer(backedUp, true), [create(ours)])).toEqual([['ours', await uidOf(ours)]])
  expect(backedUp).toEqual([])
  // In a first attempt someone else has made it: it is backed up, and not known as ours to delete.
  await apply(cluster, theirs)
  expect(await createdBy(writer(backedUp), [create(theirs)])).toEqual([])
  expect(backedUp).toMatchObject([{ metadata: { name: 'theirs' } }])
})

test('what another workflow made after it was planned stays its own, also where the policy is to take', async () => {
  const namespace = await freshNamespace()
  const theirs = randomBytes(8).toString('hex')
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shared', namespace } }
  const made = (await apply(cluster, withMark({ ...body, data: { of: 'them' } }, theirs))).object
  const config = workflowConfig({ id: 'w', repository: 'r', sync_policy: { conflict_resolution: 'take' } })
  if (!config.ok) throw new Error('no config')
  const outcomes: Outcome[] = []
  const taking = async (workflowOf: Writer['workflowOf']) =>
    applySteps(
      { ...writer(), config: config.value, workflowOf },
      [create(object('v1', 'ConfigMap', 'shared', namespace, { data: { of: 'us' } }))],
      (outcome) => outcomes.push(outcome),
    )
  await taking(async (asked) => (asked === theirs ? { id: 'shop-db', name: 'Shop database' } : undefined))
  expect(outcomes).toMatchObject([{ done: 'failed', kind: 'conflict-precondition', isOutside: false }])
  const [failed] = outcomes
  expect(failed?.done === 'failed' && failed.fault.because).toContain(
    `ConfigMap ${namespace}/shared belongs to the workflow shop-db ("Shop database")`,
  )
  const live = async () => get(cluster, refOf(body))
  expect(await live()).toMatchObject({ data: { of: 'them' }, metadata: { uid: made.metadata.uid } })

  // Of a workflow that is gone the mark says nothing.
  await taking(async () => undefined)
  expect(outcomes[1]).toMatchObject({ done: 'applied' })
  expect(await live()).toMatchObject({ data: { of: 'us' } })
})
