import type { KubernetesObject } from '@plimsoll/domain'
import { expect, onTestFinished, test } from 'vitest'
import { configMap, configMapPath, deployment, deploymentPath, withImage } from '../../test/objects.ts'
import { openPlanning } from '../../test/planning.ts'
import type { Planning } from '../../test/planning.ts'

async function freshPlanning(): Promise<Planning> {
  const planning = await openPlanning()
  onTestFinished(() => planning[Symbol.asyncDispose]())
  return planning
}

const nothing = { steps: [], changes: [], conflicts: [], warnings: [] }
const replicasOf = (object: KubernetesObject | undefined) =>
  (object?.['spec'] as { replicas?: number } | undefined)?.replicas
const pathsOf = (fields: readonly { readonly path: string }[] = []) => fields.map(({ path }) => path)
const image = 'spec.template.spec.containers[name=web].image'

test('replicas that someone else set are left to them once a rule says so, and taken back when it is gone', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const web = deployment('web', namespace)
  const ignore = [{ kind: 'Deployment', name: 'web', json_pointers: ['/spec/replicas'] }]
  await sync([web])
  await view.patch(deploymentPath(web), { spec: { replicas: 5 } })
  expect((await plan([web])).changes[0]?.fields).toMatchObject([{ path: 'spec.replicas', before: 5, after: 3 }])

  expect(await plan([web], { ignore })).toMatchObject(nothing)
  const { changes, conflicts } = await sync([withImage(web, 'web:2')], { ignore })
  expect(changes.map(({ fields }) => pathsOf(fields))).toEqual([[image]])
  expect(conflicts).toEqual([])
  expect(replicasOf(await live(web))).toBe(5)
  await view.patch(deploymentPath(web), { spec: { replicas: 7 } })
  expect(await plan([withImage(web, 'web:2')], { ignore })).toMatchObject(nothing)

  const back = await plan([withImage(web, 'web:2')])
  expect(back.changes[0]?.fields).toMatchObject([{ path: 'spec.replicas', before: 7, after: 3 }])
  expect(back.conflicts).toMatchObject([{ type: 'out_of_sync', blocking: false }])
  await sync([withImage(web, 'web:2')])
  expect(replicasOf(await live(web))).toBe(3)
})

test('an ignored field that only we own keeps its live value, also where Git says another', async () => {
  const { namespace, plan, sync, live } = await freshPlanning()
  const web = deployment('web', namespace)
  const ignore = [{ json_pointers: ['/spec/replicas'] }]
  await sync([web])
  const other = deployment('web', namespace, { replicas: 9 })
  expect(await plan([other], { ignore })).toMatchObject({ changes: [], conflicts: [] })
  const { changes } = await sync([withImage(other, 'web:2')], { ignore })
  expect(pathsOf(changes[0]?.fields)).toEqual([image])
  expect(replicasOf(await live(web))).toBe(3)
  expect((await plan([withImage(other, 'web:2')])).changes[0]?.fields).toMatchObject([{ before: 3, after: 9 }])
})

test('a new object is made as Git has it, whatever is ignored', async () => {
  const { namespace, sync, live } = await freshPlanning()
  const web = deployment('web', namespace)
  await sync([web], { ignore: [{ json_pointers: ['/spec/replicas'] }] })
  expect(replicasOf(await live(web))).toBe(3)
})

test('whatever a manager owns is left to it where a rule names the manager', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const web = deployment('web', namespace, {}, { annotations: { 'example.com/a': '1', 'example.com/b': '1' } })
  await sync([web])
  const theirs = { annotations: { 'example.com/a': 'theirs' } }
  await view.apply(
    deploymentPath(web),
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', ...theirs }, spec: { replicas: 4 } },
    'tuner',
  )
  const ignore = [{ managers: ['tuner'] }]
  expect(await plan([web], { ignore })).toMatchObject(nothing)
  const next = deployment('web', namespace, {}, { annotations: { 'example.com/a': '2', 'example.com/b': '2' } })
  const { changes } = await sync([next], { ignore })
  expect(pathsOf(changes[0]?.fields)).toEqual(['metadata.annotations["example.com/b"]'])
  expect(await live(web)).toMatchObject({
    metadata: { annotations: { 'example.com/a': 'theirs', 'example.com/b': '2' } },
    spec: { replicas: 4 },
  })
  expect(await plan([next], { ignore })).toMatchObject(nothing)
})

test('an item of a list is ignored by its place in Git, wherever it lives', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const containers = [
    { name: 'web', image: 'web:1' },
    { name: 'log', image: 'log:1' },
  ]
  const labels = { app: 'web' }
  const of = (list: readonly object[]) =>
    deployment('web', namespace, { replicas: 0, template: { metadata: { labels }, spec: { containers: list } } })
  await sync([of(containers)])
  // Someone else puts the images to other versions.
  await view.apply(
    deploymentPath(of(containers)),
    { ...of([]), spec: { template: { spec: { containers: [{ name: 'log', image: 'log:9' }] } } } },
    'image-updater',
  )
  const ignore = [{ kind: 'Deployment', json_pointers: ['/spec/template/spec/containers/1/image'] }]
  expect(await plan([of(containers)], { ignore })).toMatchObject(nothing)
  await sync(
    [
      of([
        { name: 'web', image: 'web:2' },
        { name: 'log', image: 'log:2' },
      ]),
    ],
    { ignore },
  )
  expect(await live(of([]))).toMatchObject({
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'web:2' },
            { name: 'log', image: 'log:9' },
          ],
        },
      },
    },
  })
})

const wishes = [
  ['plimsoll.dev/ignore', 'true'],
  ['argocd.argoproj.io/hook', 'Skip'],
  ['kustomize.toolkit.fluxcd.io/reconcile', 'disabled'],
] as const

test.each(wishes)(
  '%s: %s leaves an object alone, in Git and in the cluster, and costs it nothing',
  async (key, value) => {
    const { namespace, plan, sync, live, view } = await freshPlanning()
    const ignored = configMap('never', namespace, { x: '1' }, { annotations: { [key]: value } })
    expect(await plan([ignored])).toMatchObject(nothing)
    const object = configMap('a', namespace, { x: '1' })
    await sync([object])
    // Who annotates the living object is heard as well.
    await view.patch(configMapPath(object), { metadata: { annotations: { [key]: value } } })
    const changed = configMap('a', namespace, { x: '2' })
    expect(await plan([changed])).toMatchObject(nothing)
    await sync([changed])
    expect((await live(object))?.['data']).toEqual({ x: '1' })
    const pruned = await plan([], { sync_policy: { auto_prune: true } })
    expect(pruned.steps).toEqual([])
  },
)

test.each([
  ['plimsoll.dev/prune', 'disabled'],
  ['argocd.argoproj.io/sync-options', 'Validate=false, Prune=false'],
  ['helm.sh/resource-policy', 'keep'],
  ['kustomize.toolkit.fluxcd.io/prune', 'disabled'],
])('%s: %s keeps an object that Git no longer has, and says so', async (key, value) => {
  const { namespace, plan, sync } = await freshPlanning()
  const kept = configMap('kept', namespace, { x: '1' }, { annotations: { [key]: value } })
  await sync([kept, configMap('gone', namespace, { x: '1' })])
  const { steps, leftovers, warnings } = await plan([], { sync_policy: { auto_prune: true } })
  expect(steps).toMatchObject([{ action: 'delete', ref: { name: 'gone' } }])
  expect(leftovers).toMatchObject([{ name: 'kept' }])
  expect(warnings).toEqual([
    `ConfigMap ${namespace}/kept is not in Git any more and stays in the cluster: its annotations keep it`,
  ])
})

test('an object that is only to be made once is not changed any more', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const metadata = { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' } }
  const ours = configMap('ours', namespace, { x: '1' }, metadata)
  const theirs = configMap('theirs', namespace, { x: '1' }, metadata)
  await view.apply(configMapPath(theirs), configMap('theirs', namespace, { y: 'theirs' }), 'kubectl')
  await sync([ours, theirs])
  const changed = [ours, theirs].map((object) => ({ ...object, data: { x: '2' } }))
  expect(await plan(changed)).toMatchObject(nothing)
  await sync(changed)
  expect((await live(ours))?.['data']).toEqual({ x: '1' })
  expect((await live(theirs))?.['data']).toEqual({ y: 'theirs' })
})
