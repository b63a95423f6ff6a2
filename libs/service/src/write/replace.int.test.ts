import { randomBytes } from 'node:crypto'
import { isMarked, refOf, withMark, workflowConfig } from '@plimsoll/domain'
import type { KubernetesObject, Step, WorkflowRequest } from '@plimsoll/domain'
import { cluster as openView, freshNamespace, testEnvironment, until } from '@plimsoll/harness'
import type { Cluster as View } from '@plimsoll/harness'
import { apply, get, openCluster, remove, toSend } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carryOut } from './carry-out.ts'
import type { Writer } from './writer.ts'

let cluster: Cluster
let view: View
beforeAll(async () => {
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
  view = openView()
})
afterAll(async () => {
  view[Symbol.dispose]()
  await cluster[Symbol.asyncDispose]()
})

const mark = randomBytes(8).toString('hex')

function writer(
  { isResumed = false, ...request }: Partial<WorkflowRequest> & { readonly isResumed?: boolean } = {},
  backedUp: KubernetesObject[] = [],
): Writer {
  const config = workflowConfig({ id: 'w', repository: 'r', ...request })
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

const settings = (namespace: string, x: string) =>
  withMark(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace }, immutable: true, data: { x } },
    mark,
  )

function stateOf({ metadata: { uid = '', resourceVersion = '' } }: KubernetesObject) {
  return { uid, resourceVersion }
}

async function planned(): Promise<{
  readonly old: KubernetesObject
  readonly step: Extract<Step, { action: 'replace' }>
}> {
  const namespace = await freshNamespace()
  const { object: old } = await apply(cluster, settings(namespace, '1'))
  return { old, step: { action: 'replace', object: settings(namespace, '2'), digest: 'd', live: stateOf(old) } }
}

const pathOf = ({ metadata: { name, namespace } }: KubernetesObject) =>
  `/api/v1/namespaces/${namespace}/configmaps/${name}`

test('an object is deleted and made anew as Git declares it', async () => {
  const { old, step } = await planned()
  const outcome = await carryOut(writer(), step)
  const live = await get(cluster, refOf(old))
  expect(live).toMatchObject({ data: { x: '2' } })
  expect(live?.metadata.uid).not.toBe(old.metadata.uid)
  expect(outcome).toMatchObject({ done: 'applied', entry: { uid: live?.metadata.uid, created: true } })
})

test('what changed since it was planned is kept before it is deleted', async () => {
  const { old, step } = await planned()
  await view.patch(pathOf(old), { metadata: { labels: { by: 'hand' } } })
  const backedUp: KubernetesObject[] = []
  expect(await carryOut(writer({}, backedUp), step)).toMatchObject({ done: 'applied' })
  expect(backedUp).toMatchObject([{ metadata: { labels: { by: 'hand' } }, data: { x: '1' } }])
  expect(await get(cluster, refOf(old))).toMatchObject({ data: { x: '2' } })
})

test('after a crash between delete and create it is created', async () => {
  const { old, step } = await planned()
  await remove(cluster, refOf(old), {})
  expect(await carryOut(writer({ isResumed: true }), step)).toMatchObject({ done: 'applied', entry: { created: true } })
  expect(await get(cluster, refOf(old))).toMatchObject({ data: { x: '2' } })
})

test('after a crash behind the create it is not deleted again', async () => {
  const { old, step } = await planned()
  await carryOut(writer(), step)
  const made = await get(cluster, refOf(old))
  const backedUp: KubernetesObject[] = []
  const outcome = await carryOut(writer({ isResumed: true }, backedUp), step)
  expect(outcome).toMatchObject({ done: 'applied', entry: { uid: made?.metadata.uid, created: true } })
  expect((await get(cluster, refOf(old)))?.metadata.uid).toBe(made?.metadata.uid)
  expect(backedUp).toEqual([])
})

test('an object that a finalizer holds is made anew once it is gone', async () => {
  const { old, step } = await planned()
  await view.patch(pathOf(old), { metadata: { finalizers: ['example.com/hold'] } })
  const work = carryOut(writer(), step)
  await until(async () => (await view.get(pathOf(old)))?.metadata['deletionTimestamp'], { what: 'it is being deleted' })
  expect(await view.get(pathOf(old))).toMatchObject({ data: { x: '1' } })
  await view.patch(pathOf(old), { metadata: { finalizers: null } })
  expect(await work).toMatchObject({ done: 'applied' })
  expect(await get(cluster, refOf(old))).toMatchObject({ data: { x: '2' } })
})

test('what someone else made in its place, or took from us, is left alone', async () => {
  const { old, step } = await planned()
  await remove(cluster, refOf(old), {})
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: old.metadata.namespace } }
  await view.apply(pathOf(old), { ...theirs, data: { y: 'theirs' } }, 'kubectl')
  expect(await carryOut(writer(), step)).toMatchObject({ done: 'failed' })
  expect((await get(cluster, refOf(old)))?.['data']).toEqual({ y: 'theirs' })

  const other = await planned()
  await view.patch(pathOf(other.old), { metadata: { labels: { 'plimsoll.dev/workflow': null } } })
  expect(await carryOut(writer(), other.step)).toMatchObject({ done: 'failed' })
  const live = await get(cluster, refOf(other.old))
  expect(live?.metadata.uid).toBe(other.old.metadata.uid)
  expect(live && isMarked(live, mark)).toBe(false)
})

test('an ignored field is left as it is when it is written, not as it was when it was planned', async () => {
  const namespace = await freshNamespace()
  const ignore = [{ kind: 'Deployment', json_pointers: ['/spec/replicas'] }]
  const labels = { app: 'web' }
  const deployment = (image: string): KubernetesObject =>
    withMark(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
        },
      },
      mark,
    )
  const { object: live } = await apply(cluster, deployment('web:1'))
  const { config } = writer({ ignore })
  const declared = deployment('web:2')
  const { object } = toSend(declared, live, config.ignore)
  const step: Step = {
    action: 'update',
    object,
    declared,
    digest: 'd',
    ignoring: 'i',
    live: stateOf(live),
    force: false,
  }
  // We alone own the replicas here; then someone else writes them before the step is carried out.
  await view.patch(`/apis/apps/v1/namespaces/${namespace}/deployments/web`, { spec: { replicas: 2 } })
  expect(await carryOut(writer({ ignore }), step)).toMatchObject({ done: 'applied', entry: { ignoring: 'i' } })
  const after = await get(cluster, refOf(declared))
  expect(after?.['spec']).toMatchObject({ replicas: 2, template: { spec: { containers: [{ image: 'web:2' }] } } })
})
