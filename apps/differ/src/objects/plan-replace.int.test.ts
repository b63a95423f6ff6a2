import type { KubernetesObject } from '@plimsoll/domain'
import { admissionWebhook } from '@plimsoll/harness'
import { expect, onTestFinished, test } from 'vitest'
import { configMap, deployment } from '../../test/objects.ts'
import { openPlanning } from '../../test/planning.ts'
import type { Planning } from '../../test/planning.ts'

async function freshPlanning(): Promise<Planning> {
  const planning = await openPlanning()
  onTestFinished(() => planning[Symbol.asyncDispose]())
  return planning
}

const replace = { annotations: { 'plimsoll.dev/replace': 'true' } }

function labelled(namespace: string, app: string, metadata: object = {}): KubernetesObject {
  const labels = { app }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } }
  return deployment('web', namespace, { replicas: 1, selector: { matchLabels: labels }, template }, metadata)
}

test('an immutable field is a conflict that names it and how to let it be replaced', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  await sync([labelled(namespace, 'a')])
  const { conflicts, steps } = await plan([labelled(namespace, 'b')])
  expect(steps).toEqual([])
  expect(conflicts).toMatchObject([
    {
      type: 'validation',
      blocking: true,
      resource: 'Deployment/web',
      description: expect.stringContaining('field is immutable'),
      desired_state: { spec: { selector: { matchLabels: { app: 'b' } } } },
      suggestions: [
        'keep spec.selector as it is in the cluster',
        'let the sync delete the object and create it anew: annotate it with `plimsoll.dev/replace: "true"`',
      ],
    },
  ])
})

test.each([
  ['plimsoll.dev/replace', 'true'],
  ['argocd.argoproj.io/sync-options', 'Force=true,Replace=true'],
  ['kustomize.toolkit.fluxcd.io/force', 'enabled'],
])('%s: %s lets a sync delete the object and create it anew', async (key, value) => {
  const { namespace, plan, sync, live } = await freshPlanning()
  await sync([labelled(namespace, 'a')])
  const old = await live(labelled(namespace, 'a'))
  const wanted = labelled(namespace, 'b', { annotations: { [key]: value } })
  const { changes, summary } = await sync([wanted])
  expect(changes).toMatchObject([
    {
      type: 'delete',
      replaces: true,
      resource: 'Deployment/web',
      current_state: { spec: { selector: { matchLabels: { app: 'a' } } } },
    },
    {
      type: 'create',
      replaces: true,
      resource: 'Deployment/web',
      desired_state: { spec: { selector: { matchLabels: { app: 'b' } } } },
    },
  ])
  expect(changes.flatMap(({ effects }) => effects)).toContain('recreates')
  expect(summary).toMatchObject({ replaced_resources: 1 })
  const made = await live(wanted)
  expect(made?.metadata.uid).not.toBe(old?.metadata.uid)
  expect(made?.['spec']).toMatchObject({ selector: { matchLabels: { app: 'b' } } })
  expect((await plan([wanted])).changes).toEqual([])
})

test('where a change in place is enough, nothing is replaced', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  await sync([labelled(namespace, 'a', replace)])
  const { steps } = await plan([
    deployment('web', namespace, { ...(labelled(namespace, 'a')['spec'] as object), replicas: 2 }, replace),
  ])
  expect(steps).toMatchObject([{ action: 'update' }])
})

test.each<[string, (namespace: string, is: 'old' | 'new') => KubernetesObject]>([
  [
    'StatefulSet',
    (namespace, is) => ({
      ...labelled(namespace, 'a', replace),
      kind: 'StatefulSet',
      spec: { ...(labelled(namespace, 'a')['spec'] as object), replicas: 0, serviceName: is },
    }),
  ],
  [
    'PersistentVolumeClaim',
    (namespace, is) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'web', namespace, ...replace },
      spec: {
        accessModes: [is === 'old' ? 'ReadWriteOnce' : 'ReadWriteMany'],
        resources: { requests: { storage: '1Gi' } },
      },
    }),
  ],
])('a %s is not replaced, in spite of the annotation', async (kind, object) => {
  const { namespace, plan, sync } = await freshPlanning()
  await sync([object(namespace, 'old')])
  const { steps, conflicts } = await plan([object(namespace, 'new')])
  expect(steps).toEqual([])
  expect(conflicts).toMatchObject([{ type: 'validation', blocking: true }])
  expect(conflicts[0]?.suggestions[1]).toContain(
    `a ${kind} is not replaced, in spite of \`plimsoll.dev/replace: "true"\``,
  )
})

test('nothing is deleted for an object that would be refused', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  const immutable = (data: object) => ({ ...configMap('a', namespace, data, replace), immutable: true })
  await sync([immutable({ x: '1' })])
  await using _webhook = await admissionWebhook({
    type: 'Validating',
    namespace,
    resources: ['configmaps'],
    review: (object) => ((object['data'] as { x?: string }).x === '2' ? { deny: 'two is not allowed' } : {}),
  })
  const { steps, conflicts } = await plan([immutable({ x: '2' })])
  expect(steps).toEqual([])
  expect(conflicts).toMatchObject([{ type: 'validation', description: expect.stringContaining('two is not allowed') }])
  expect((await plan([immutable({ x: '3' })])).steps).toMatchObject([{ action: 'replace' }])
})
