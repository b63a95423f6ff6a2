import type { KubernetesObject } from '@plimsoll/domain'
import { admissionWebhook, typeInShell, until } from '@plimsoll/harness'
import { KubernetesError } from '@plimsoll/kubernetes'
import { expect, onTestFinished, test } from 'vitest'
import { configMap, configMapPath, deployment, deploymentPath } from '../../test/objects.ts'
import { openPlanning } from '../../test/planning.ts'
import type { Planning } from '../../test/planning.ts'

async function freshPlanning(): Promise<Planning> {
  const planning = await openPlanning()
  onTestFinished(() => planning[Symbol.asyncDispose]())
  return planning
}

const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
const commandIn = (suggestions: readonly string[] = []) =>
  suggestions.flatMap((text) => /`([^`]+)`/.exec(text)?.[1] ?? [])

test('an object of others is told with who made it and both states, and what is suggested removes it', async () => {
  const { namespace, plan, view } = await freshPlanning()
  const ours = configMap('a', namespace, { x: 'ours' })
  await view.apply(configMapPath(ours), configMap('a', namespace, { x: 'theirs' }), 'helm')
  const { conflicts, steps } = await plan([ours])
  expect(steps).toEqual([])
  expect(conflicts).toMatchObject([
    {
      type: 'resource_exists',
      blocking: true,
      manager: 'helm',
      time: aTime,
      current_state: { data: { x: 'theirs' } },
      desired_state: { data: { x: 'ours' } },
    },
  ])
  const take = await plan([ours], { sync_policy: { conflict_resolution: 'take' } })
  expect(take.conflicts).toMatchObject([{ type: 'resource_exists', blocking: false }])
  expect(take.changes[0]?.fields).toContainEqual({
    path: 'data.x',
    before: 'theirs',
    after: 'ours',
    managers: ['helm'],
  })
  await typeInShell(commandIn(conflicts[0]?.suggestions)[0] ?? 'false')
  expect(await plan([ours])).toMatchObject({ conflicts: [], steps: [{ action: 'create' }] })
})

test('what someone changed or removed of ours is told with who and when, and does not block', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const object = configMap('a', namespace, { x: '1', y: '1', z: '1' })
  await sync([object])
  await view.request(
    'PATCH',
    `${configMapPath(object)}?fieldManager=somebody`,
    { data: { x: 'theirs', y: null } },
    'application/merge-patch+json',
  )
  const next = configMap('a', namespace, { x: '1', y: '1', z: '2' })
  const { changes, conflicts } = await plan([next])
  expect(changes[0]?.fields).toEqual([
    { path: 'data.x', before: 'theirs', after: '1', managers: ['somebody'] },
    { path: 'data.z', before: '1', after: '2', managers: ['plimsoll'] },
    { path: 'data.y', after: '1' },
  ])
  expect(conflicts).toMatchObject([
    {
      type: 'out_of_sync',
      blocking: false,
      manager: 'somebody',
      time: aTime,
      description: `data.x, data.y of ConfigMap ${namespace}/a were changed outside of Git by somebody; the sync takes them back`,
      current_state: { data: { x: 'theirs', z: '1' } },
      desired_state: { data: { x: '1', y: '1', z: '2' } },
    },
  ])
  expect(conflicts[0]?.suggestions).toEqual([
    'to keep what is there, commit the live value of data.x to the repository',
    'leave it to who changed it: set `ignore: [{"kind":"ConfigMap","name":"a","json_pointers":["/data/x","/data/y"]}]`',
  ])
  await sync([next])
  expect((await live(object))?.['data']).toEqual({ x: '1', y: '1', z: '2' })
  expect(await plan([next])).toMatchObject({ changes: [], conflicts: [] })
})

test('the rule that is suggested for fields of others leaves them to their owner', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  await sync([deployment('web', namespace, { replicas: 0 })])
  await view.apply(
    deploymentPath(deployment('web', namespace)),
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { paused: true } },
    'operator',
  )
  const wanted = deployment('web', namespace, { replicas: 0, paused: false })
  const { conflicts, steps } = await plan([wanted])
  expect(steps).toEqual([])
  expect(conflicts).toMatchObject([{ type: 'out_of_sync', blocking: true, manager: 'operator', time: aTime }])
  const rule = /`ignore: (.*)`/.exec(conflicts[0]?.suggestions.join('\n') ?? '')?.[1] ?? ''
  expect(await plan([wanted], { ignore: JSON.parse(rule) })).toMatchObject({ conflicts: [], changes: [] })

  const take = await sync([wanted], { sync_policy: { conflict_resolution: 'take' } })
  expect(take.conflicts).toMatchObject([{ type: 'out_of_sync', blocking: false, manager: 'operator' }])
  expect((await live(wanted))?.['spec']).not.toMatchObject({ paused: true })
})

test('what comes with the sync itself is planned without asking, and the plan says for which it could not', async () => {
  const { namespace, plan, sync, live } = await freshPlanning()
  const space = `${namespace}-new`
  const group = `${namespace}.example.com`
  const crd = definition(group, { size: { type: 'integer' } })
  onTestFinished(async () => {
    await typeInShell(`kubectl delete crd things.${group}; kubectl delete namespace ${space} --wait=false`)
  })
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } },
    configMap('a', space, { x: '1' }),
    crd,
    { apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'one', namespace }, spec: { size: 1 } },
  ]
  const { conflicts, changes, warnings } = await plan(objects)
  expect(conflicts).toEqual([])
  expect(changes.map(({ type, resource }) => `${type} ${resource}`)).toEqual([
    `create Namespace/${space}`,
    'create ConfigMap/a',
    `create CustomResourceDefinition/things.${group}`,
    'create Thing/one',
  ])
  const unsure = 'could not be dry-run, so the API server may still refuse or change what is shown'
  expect(warnings.filter((text) => text.includes(unsure))).toEqual([
    `ConfigMap ${space}/a ${unsure}: its namespace comes with this very sync`,
    `Thing ${namespace}/one ${unsure}: its kind comes with this very sync`,
  ])
  await sync(objects)

  // A version that the definition gains is served only once it is applied; the object is there all the same.
  const versions = [...versionsOf(crd), { ...versionsOf(crd)[0], name: 'v2', storage: false }]
  const grown = { ...crd, spec: { ...(crd['spec'] as object), versions } }
  const moved = { ...objects[3], apiVersion: `${group}/v2`, spec: { size: 2 } } as KubernetesObject
  const next = await plan([...objects.slice(0, 2), grown, moved])
  expect(next.conflicts).toEqual([])
  const change = next.changes.find(({ resource }) => resource === 'Thing/one')
  expect(change).toMatchObject({ type: 'update' })
  expect(change?.fields).toContainEqual({ path: 'spec.size', before: 1, after: 2, managers: ['plimsoll'] })
  await sync([...objects.slice(0, 2), grown, moved])
  expect(await live(moved)).toMatchObject({ spec: { size: 2 } })
})

test('a namespace that is declared and there already, made by others, is asked about', async () => {
  const { namespace, plan } = await freshPlanning()
  const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const { conflicts, warnings } = await plan([space, configMap('a', namespace, { x: 1 })])
  expect(conflicts.map(({ type, resource }) => `${type} ${resource}`)).toEqual([
    `resource_exists Namespace/${namespace}`,
    'validation ConfigMap/a',
  ])
  expect(warnings).toEqual([])
})

test('a refusal that this very sync lifts is no conflict, and the sync succeeds', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const group = `${namespace}.example.com`
  onTestFinished(() => typeInShell(`kubectl delete crd things.${group}`).then(() => {}))
  const thing = (spec: object) => ({
    apiVersion: `${group}/v1`,
    kind: 'Thing',
    metadata: { name: 'one', namespace },
    spec,
  })
  const quota = (configmaps: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'small', namespace },
    spec: { hard: { configmaps } },
  })
  await sync([definition(group, { size: { type: 'integer' } }), thing({ size: 1 }), quota('1')])
  await until(
    async () =>
      ((await view.get(`/api/v1/namespaces/${namespace}/resourcequotas/small`))?.['status'] as { hard?: object })?.hard,
    { what: 'the quota counts' },
  )
  // A namespace has a ConfigMap from the beginning, and each new one is asked about alone.
  const maps = ['a', 'b', 'c'].map((name) => configMap(name, namespace, {}))
  const coloured = thing({ size: 1, colour: 'red' })
  const refused = await plan([definition(group, { size: { type: 'integer' } }), coloured, quota('1'), ...maps])
  expect(refused.conflicts.map(({ type, resource }) => `${type} ${resource}`)).toContain('validation Thing/one')
  expect(refused.conflicts.filter(({ resource }) => resource.startsWith('ConfigMap/'))).toHaveLength(3)

  const lifted = [
    definition(group, { size: { type: 'integer' }, colour: { type: 'string' } }),
    coloured,
    quota('9'),
    ...maps,
  ]
  const { conflicts, changes, warnings } = await plan(lifted)
  expect(conflicts).toEqual([])
  expect(changes.find(({ resource }) => resource === 'Thing/one')?.fields).toMatchObject([
    { path: 'spec.colour', after: 'red' },
  ])
  expect(warnings.join('\n')).toContain(
    `it is refused as things stand, and CustomResourceDefinition things.${group} changes with this very sync`,
  )
  expect(warnings.join('\n')).toContain(`it is refused as things stand, and ResourceQuota ${namespace}/small changes`)
  const late = { ...quota('9'), metadata: { ...quota('9').metadata, annotations: { 'plimsoll.dev/sync-wave': '1' } } }
  expect((await plan([...lifted.slice(0, 2), late, ...maps])).conflicts).toHaveLength(3)
  await sync(lifted)
  expect(await live(coloured)).toMatchObject({ spec: { colour: 'red' } })
})

test('what the API server warns of is told once for all objects', async () => {
  const { namespace, plan, view } = await freshPlanning()
  await view.patch(`/api/v1/namespaces/${namespace}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/warn': 'restricted' } },
  })
  const objects = ['a', 'b'].map((name) => deployment(name, namespace, { replicas: 0 }))
  const warnings = await until(
    async () => {
      const found = (await plan(objects)).warnings.filter((text) => text.includes('the API server warns'))
      return found.length > 0 ? found : undefined
    },
    { what: 'the level holds' },
  )
  const [warning] = warnings
  expect(warnings).toHaveLength(1)
  expect(warning).toContain(
    `Deployment ${namespace}/a, Deployment ${namespace}/b: the API server warns: would violate PodSecurity`,
  )
})

test('a namespace that is missing is told apart, and what is suggested makes it', async () => {
  const { namespace, plan } = await freshPlanning()
  const object = configMap('a', `${namespace}-missing`, { x: '1' })
  onTestFinished(() => typeInShell(`kubectl delete namespace ${namespace}-missing --wait=false`).then(() => {}))
  const { conflicts } = await plan([object])
  expect(conflicts).toMatchObject([{ type: 'validation', description: `namespaces "${namespace}-missing" not found` }])
  await typeInShell(commandIn(conflicts[0]?.suggestions)[0] ?? 'false')
  expect(await plan([object])).toMatchObject({ conflicts: [], steps: [{ action: 'create' }] })
})

test('what only another commit mends is told from what may pass', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  const web = deployment('web', namespace, { replicas: 0 })
  await sync([web])
  const { conflicts } = await plan([
    { ...web, spec: deployment('other', namespace, { replicas: 0 })['spec'] },
    deployment('negative', namespace, { replicas: -1 }),
    { ...configMap('misspelt', namespace, {}), date: { x: '1' } },
    configMap('placeless', `${namespace}-missing`, { x: '1' }),
  ])
  const lasting = new Map(conflicts.map((conflict) => [conflict.resource, conflict.lasting ?? false]))
  expect(Object.fromEntries(lasting)).toEqual({
    'Deployment/web': true,
    'Deployment/negative': true,
    'ConfigMap/misspelt': true,
    'ConfigMap/placeless': false,
  })
})

test('while a webhook is away a preview tells of it, and a sync waits for it', async () => {
  const { namespace, plan } = await freshPlanning()
  await using webhook = await admissionWebhook({
    type: 'Validating',
    namespace,
    resources: ['configmaps'],
    review: () => ({}),
  })
  await webhook.stop()
  const objects = [configMap('a', namespace, { x: '1' })]
  const { conflicts } = await plan(objects)
  expect(conflicts).toMatchObject([
    { type: 'validation', blocking: true, description: expect.stringContaining(webhook.name) },
  ])
  const waiting = await plan(objects, { isPreview: false }).catch((error: unknown) => error)
  expect(waiting).toBeInstanceOf(KubernetesError)
  expect(waiting).toMatchObject({ retryable: true })
})

test('without a dry run nothing is asked, and what is shown is said to be a guess', async () => {
  const { namespace, plan, sync, live } = await freshPlanning()
  const container = { name: 'web', image: 'web:1', resources: { limits: { cpu: '1000m' } } }
  const of = (image: string) => {
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ ...container, image }] } }
    return deployment('web', namespace, { replicas: 0, template })
  }
  await sync([of('web:1')], { diff_preview: false })
  const { changes, warnings } = await plan([of('web:2')], { diff_preview: false })
  expect(changes[0]?.fields.map(({ path, before, after }) => [path, before, after])).toEqual([
    ['spec.template.spec.containers[name=web].image', 'web:1', 'web:2'],
  ])
  expect(warnings).toContainEqual(expect.stringContaining('diff_preview is off'))
  await sync([of('web:2')], { diff_preview: false })
  expect(JSON.stringify(await live(of('')))).toContain('web:2')
})

function definition(group: string, properties: object): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
}

function versionsOf(object: KubernetesObject): readonly object[] {
  return (object['spec'] as { readonly versions: readonly object[] }).versions
}
