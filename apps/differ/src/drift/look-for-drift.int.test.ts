import { driftedObject, fieldManager, initialWorkflow, refOf, withMark, workflowConfig } from '@plimsoll/domain'
import type { InventoryEntry, KubernetesObject, Workflow, WorkflowRequest } from '@plimsoll/domain'
import { markKindSynced, readLiveObjects, requestKinds } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { apiProxy, cluster as openView, freshNamespace } from '@plimsoll/harness'
import type { ApiProxy, Cluster as View } from '@plimsoll/harness'
import { apply, get, openCluster, ownedHash } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { vaults } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { openLiveRows } from '../cluster/live-rows.ts'
import { lookForDrift } from './look-for-drift.ts'
import type { Known } from './look-for-drift.ts'

const stack = new AsyncDisposableStack()
let log: EventLog
let proxy: ApiProxy
let cluster: Cluster
let view: View
beforeAll(async () => {
  log = stack.use(await freshLog())
  proxy = stack.use(await apiProxy())
  cluster = stack.use(await openCluster({ kubeconfig: proxy.kubeconfig }))
  view = stack.use(openView())
})
afterAll(() => stack.disposeAsync())

const hash = (text: string) => text
const configMaps = { group: '', version: 'v1', resource: 'configmaps' }

/** Objects that were applied, as an inventory has them, in a namespace of their own; ConfigMaps are watched. */
async function applied(
  objects: (namespace: string) => readonly KubernetesObject[],
  request: Partial<WorkflowRequest> = {},
) {
  const namespace = await freshNamespace()
  const id = namespace
  const vault = vaults(log, new Uint8Array(32))(id)
  const declared = objects(namespace)
  const entries = await Promise.all(
    declared.map(async (object): Promise<InventoryEntry> => {
      const { object: live } = await apply(cluster, withMark(object, vault.mark))
      const { uid = '' } = live.metadata
      return { ...refOf(object), uid, digest: 'd', owned: ownedHash(live, fieldManager, hash) }
    }),
  )
  const checked = workflowConfig({ id, repository: 'r', destination: { namespace }, ...request })
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  const set = {
    files: [{ path: 'a.yaml', blob: '', objects: declared.map((object) => ({ object, digest: 'd', line: 1 })) }],
  }
  const workflow: Workflow = {
    ...initialWorkflow,
    config: checked.value,
    inventory: await vault.put({ entries }),
    applied: { revision: 'r', tree: 't', paths: ['.'], manifest_set: await vault.put(set) },
  }
  await requestKinds(log, 'default', [configMaps])
  await markKindSynced(log, 'default', configMaps)
  const read = async (name: string) => get(cluster, { apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
  /** What the watcher would write of what lives now. */
  const watch = async () => {
    const rows = openLiveRows(log, 'default', await readLiveObjects(log, 'default'), hash)
    for (const object of declared) {
      const live = await get(cluster, refOf(object))
      if (live === undefined)
        rows.drop(
          withMark(
            { ...object, metadata: { ...object.metadata, uid: entries[declared.indexOf(object)]?.uid ?? '' } },
            vault.mark,
          ),
        )
      else rows.see(live)
    }
    await rows.flush()
    proxy.calls()
  }
  const look = async (known: Known = new Map(), drift: Workflow['drift'] = null) => {
    const dependencies = {
      log,
      openVault: () => vault,
      clusterHash: () => hash,
      workflowOf: () => Promise.resolve(undefined),
      watchedSince: () => Promise.resolve(new Date(0)),
    }
    const found = await lookForDrift(
      dependencies,
      { workflow: { ...workflow, drift }, config: checked.value, cluster },
      known,
      AbortSignal.timeout(100_000),
    )
    if (found === undefined) throw new Error('nobody watches')
    return found
  }
  await watch()
  return { namespace, watch, look, read, path: (name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}` }
}

const map =
  (name: string, data: Record<string, string>, annotations?: Record<string, string>) => (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(annotations && { annotations }) },
    data,
  })
const said = ({ drifted }: Awaited<ReturnType<Awaited<ReturnType<typeof applied>>['look']>>) =>
  drifted.map(({ name, what, fields, manager }) => [name, what, fields.join(), manager].join(' ')).toSorted()

test('what is as it was is not asked about; of what differs the fields and who changed them are told', async () => {
  const of = await applied((space) => ['a', 'b', 'c'].map((name) => map(name, { x: '1', y: '1' })(space)))
  expect(said(await of.look())).toEqual([])
  expect(proxy.calls()).toEqual([])
  await view.apply(of.path('a'), map('a', { x: '2' })(of.namespace), 'rival')
  await view.delete(of.path('b'))
  await of.watch()
  const found = await of.look()
  expect(said(found)).toEqual(['a modified data.x rival', 'b deleted  '])
  expect(new Set(proxy.calls().map(({ path }) => /configmaps\/(\w)/.exec(path)?.[1]))).toEqual(new Set(['a', 'b']))
  // What was found out is known for as long as the rows are the same.
  expect(said(await of.look(found.compared))).toEqual(said(found))
  expect(proxy.calls()).toEqual([])
})

test('what a workflow may not touch any more is not looked at, and so not put back', async () => {
  const of = await applied((space) => [map('a', { x: '1' })(space)], { allow: { kinds: ['Secret'] } })
  await view.delete(of.path('a'))
  await of.watch()
  expect(said(await of.look())).toEqual([])
  expect(proxy.calls()).toEqual([])
})

test('rows that are older than what lives make no drift', async () => {
  const of = await applied((space) => [map('a', { x: '1' })(space)])
  await view.patch(of.path('a'), { data: { x: '2' } })
  await of.watch()
  await apply(cluster, withMark(map('a', { x: '1' })(of.namespace), (await of.look()).planner.mark), { force: true })
  expect(said(await of.look())).toEqual([])
})

test('rows that are older than drift that was told do not end it', async () => {
  const of = await applied((space) => [map('a', { x: '1' })(space)])
  await view.apply(of.path('a'), map('a', { x: '2' })(of.namespace), 'rival')
  const objects = [driftedObject(refOf(map('a', {})(of.namespace)), { what: 'modified', fields: ['data.x'] })]
  const since = new Date(0).toISOString()
  const drift = { since, objects, total: 1, heal_at: null, contest: null, attempts: 0, ended_by: null }
  expect(said(await of.look(new Map(), drift))).toEqual(['a modified data.x rival'])
})

test('a field that somebody took over is no drift while it has the value of Git', async () => {
  const of = await applied((space) => [map('a', { x: '1' })(space)])
  await view.patch(of.path('a'), { data: { x: '2' } })
  await view.patch(of.path('a'), { data: { x: '1' } })
  await of.watch()
  expect((await of.look()).compared.size).toBe(1)
  expect(said(await of.look())).toEqual([])
})

test('kinds that nobody watches yet are left out, and so is what Git does not hold any more', async () => {
  const secret = (namespace: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace },
    stringData: { x: '1' },
  })
  const of = await applied((space) => [secret(space), map('a', { x: '1' })(space)])
  await view.delete(`/api/v1/namespaces/${of.namespace}/secrets/a`)
  await of.watch()
  const found = await of.look()
  expect(said(found)).toEqual([])
  expect(found.isWatched(refOf(secret(of.namespace)))).toBe(false)
  expect(found.isWatched(refOf(map('a', {})(of.namespace)))).toBe(true)
})

test('an object of our name that somebody made anew is not ours; one that is on its way out is no drift yet', async () => {
  const of = await applied((space) => ['a', 'b'].map((name) => map(name, { x: '1' })(space)))
  await view.delete(of.path('a'))
  await view.apply(of.path('a'), map('a', { x: '1' })(of.namespace), 'rival')
  await view.patch(of.path('b'), { metadata: { finalizers: ['example.com/wait'] } })
  await view.delete(of.path('b'))
  await of.watch()
  expect(said(await of.look())).toEqual(['a unmarked  rival'])
  await view.patch(of.path('b'), { metadata: { finalizers: null } })
  await of.watch()
  expect(said(await of.look())).toEqual(['a unmarked  rival', 'b deleted  '])
})

test('what an annotation leaves to others drifts when it is gone, or not at all', async () => {
  const flux = 'kustomize.toolkit.fluxcd.io'
  const [createOnly, unmanaged] = [{ [`${flux}/ssa`]: 'IfNotPresent' }, { [`${flux}/reconcile`]: 'disabled' }]
  const of = await applied((space) => [
    ...['a', 'b'].map((name) => map(name, { x: '1' }, createOnly)(space)),
    ...['c', 'd'].map((name) => map(name, { x: '1' }, unmanaged)(space)),
  ])
  for (const name of ['a', 'c']) await view.patch(of.path(name), { data: { x: '2' } })
  for (const name of ['b', 'd']) await view.delete(of.path(name))
  await of.watch()
  expect(said(await of.look())).toEqual(['b deleted  '])
})
