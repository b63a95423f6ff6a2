import type { KubernetesObject } from '@plimsoll/domain'
import { admissionWebhook, cluster, until } from '@plimsoll/harness'
import { expect, onTestFinished, test } from 'vitest'
import { configMap, deployment, deploymentPath, withImage } from '../../test/objects.ts'
import { openPlanning } from '../../test/planning.ts'
import type { Planning } from '../../test/planning.ts'

async function freshPlanning(): Promise<Planning> {
  const planning = await openPlanning()
  onTestFinished(() => planning[Symbol.asyncDispose]())
  return planning
}

const nothing = { steps: [], changes: [], conflicts: [], warnings: [] }
const pathsOf = (fields: readonly { readonly path: string }[] = []) => fields.map(({ path }) => path)

type PodTemplate = {
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] }
}
const templateOf = (object: KubernetesObject | undefined) =>
  (object?.['spec'] as { readonly template: PodTemplate } | undefined)?.template

test('defaults of the API server are no change, and neither is another way to write the same', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  const limits = (cpu: string | number, memory: string) => {
    const labels = { app: 'web' }
    const container = { name: 'web', image: 'web:1', resources: { limits: { cpu, memory } } }
    const probe = { httpGet: { path: '/', port: 8080 } }
    return deployment('web', namespace, {
      template: { metadata: { labels }, spec: { containers: [{ ...container, livenessProbe: probe }] } },
    })
  }
  const service = (targetPort: number | string, extra: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort, ...extra }] },
  })
  await sync([limits('1000m', '1024Mi'), service(8080), configMap('a', namespace, { x: '1' })])
  const again = [
    limits(1, '1Gi'),
    service(8080, { protocol: 'TCP' }),
    configMap('a', namespace, { x: '1' }, { labels: {} }),
  ]
  expect((await plan(again)).changes).toEqual([])
  const [named] = (await plan([limits(1, '1Gi'), service('http'), configMap('a', namespace, { x: '1' })])).changes
  expect(named).toMatchObject({ fields: [{ path: 'spec.ports[port=80].targetPort', before: 8080, after: 'http' }] })
})

test('lists are compared as the API server merges them: by key, as a set, or as one value', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  const of = (env: readonly string[], args: readonly string[], finalizers: readonly string[]): KubernetesObject => {
    const labels = { app: 'web' }
    const container = { name: 'web', image: 'web:1', args, env: env.map((name) => ({ name, value: name })) }
    const template = { metadata: { labels }, spec: { containers: [container] } }
    return deployment('web', namespace, { replicas: 0, template }, { finalizers })
  }
  await sync([of(['A', 'B'], ['a', 'b'], ['example.com/one', 'example.com/two'])])
  const { changes } = await plan([of(['B', 'C'], ['a', 'c'], ['example.com/two'])])
  expect(changes.map(({ fields }) => fields.map(({ path, before, after }) => [path, before, after]))).toEqual([
    [
      ['metadata.finalizers[0]', 'example.com/one', undefined],
      ['spec.template.spec.containers[name=web].args[1]', 'b', 'c'],
      ['spec.template.spec.containers[name=web].env[name=A]', { name: 'A', value: 'A' }, undefined],
      ['spec.template.spec.containers[name=web].env[name=C]', undefined, { name: 'C', value: 'C' }],
    ],
  ])
  await sync([of(['B', 'C'], ['a', 'c'], [])])
})

test('what a mutating webhook adds is no change, a sync does not fight it, and a change of ours tells what is not', async () => {
  const { namespace, plan, sync, live } = await freshPlanning()
  let reviews = 0
  await using _webhook = await admissionWebhook({
    type: 'Mutating',
    namespace,
    resources: ['deployments.apps'],
    review: (object) => {
      const containers = templateOf(object as KubernetesObject)?.spec.containers ?? []
      const sidecar = { name: 'sidecar', image: 'sidecar:1' }
      const annotations = { ...(object.metadata['annotations'] as object), 'example.com/seen': String(reviews++) }
      return {
        patch: [
          ...(containers.some(({ name }) => name === 'sidecar')
            ? []
            : [{ op: 'add' as const, path: '/spec/template/spec/containers/-', value: sidecar }]),
          { op: 'add', path: '/metadata/annotations', value: annotations },
        ],
      }
    },
  })
  const web = deployment('web', namespace, { replicas: 0 })
  await sync([web])
  const first = await live(web)
  expect(templateOf(first)?.spec.containers.map(({ name }) => name)).toEqual(['web', 'sidecar'])
  expect(await plan([web])).toMatchObject(nothing)

  // The same in other words, so that the API server is asked: each answer has another value of the webhook's.
  const relabelled = { ...web, metadata: { ...web.metadata, labels: {} } }
  expect(await plan([relabelled])).toMatchObject(nothing)
  await sync([relabelled])
  // The controller adds an annotation of its own when it comes to it.
  const seen = 'example.com/seen'
  expect((await live(web))?.metadata.annotations?.[seen]).toBe(first?.metadata.annotations?.[seen])

  const { changes } = await plan([withImage(web, 'web:2')])
  expect(changes[0]?.fields).toMatchObject([
    { path: 'metadata.annotations["example.com/seen"]', server: true },
    { path: 'spec.template.spec.containers[name=web].image', before: 'web:1', after: 'web:2', managers: ['plimsoll'] },
  ])
  await sync([withImage(web, 'web:2')])
  expect(templateOf(await live(web))?.spec.containers).toMatchObject([{ image: 'web:2' }, { name: 'sidecar' }])
})

test('a webhook that rewrites what Git declares does not make a change of it', async () => {
  const { namespace, plan, sync } = await freshPlanning()
  await using _webhook = await admissionWebhook({
    type: 'Mutating',
    namespace,
    resources: ['deployments.apps'],
    review: (object) => {
      const image = templateOf(object as KubernetesObject)?.spec.containers[0]?.image ?? ''
      const value = `mirror.example.com/${image.replace('mirror.example.com/', '')}`
      return { patch: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value }] }
    },
  })
  const web = deployment('web', namespace, { replicas: 0 })
  await sync([web])
  expect(await plan([{ ...web, metadata: { ...web.metadata, labels: {} } }])).toMatchObject(nothing)
  const [change] = (await plan([withImage(web, 'web:2')])).changes
  expect(change?.fields).toMatchObject([{ before: 'mirror.example.com/web:1', after: 'mirror.example.com/web:2' }])
})

test('a CA bundle that a controller injects is no change', async () => {
  const { namespace, plan, sync, view } = await freshPlanning()
  const name = `${namespace}.example.com`
  const hook = {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Ignore',
    clientConfig: { url: 'https://127.0.0.1:1/' },
    rules: [{ apiGroups: ['nothing.example.com'], apiVersions: ['*'], operations: ['CREATE'], resources: ['nothing'] }],
  }
  const configuration: KubernetesObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [hook],
  }
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`
  onTestFinished(async () => {
    using after = cluster()
    await after.delete(path)
  })
  await sync([configuration])
  const caBundle = Buffer.from('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n').toString('base64')
  const injected = { ...hook, clientConfig: { ...hook.clientConfig, caBundle } }
  // As an injector does it: the whole list, by an update.
  const answer = await view.request(
    'PATCH',
    `${path}?fieldManager=cainjector`,
    { webhooks: [injected] },
    'application/merge-patch+json',
  )
  expect(answer.status).toBe(200)
  const labelled = { ...configuration, metadata: { name, labels: { a: 'b' } } }
  expect(pathsOf((await plan([labelled])).changes[0]?.fields)).toEqual(['metadata.labels.a'])
})

test('what an autoscaler sets through the scale subresource is no change, and no sync takes it back', async () => {
  const { namespace, plan, sync, live, view } = await freshPlanning()
  const web = deployment('web', namespace)
  await sync([web])
  const scale = (replicas: number) =>
    view.request(
      'PATCH',
      `${deploymentPath(web)}/scale?fieldManager=autoscaler`,
      { spec: { replicas } },
      'application/merge-patch+json',
    )
  await scale(5)
  expect(await plan([web])).toMatchObject(nothing)
  const { changes } = await sync([withImage(web, 'web:2')])
  expect(pathsOf(changes[0]?.fields)).toEqual(['spec.template.spec.containers[name=web].image'])
  expect((await live(web))?.['spec']).toMatchObject({ replicas: 5 })
  await scale(7)
  expect(await plan([withImage(web, 'web:2')])).toMatchObject(nothing)

  // Someone else writes the replicas themselves: that is drift again.
  await view.patch(deploymentPath(web), { spec: { replicas: 1 } })
  const drifted = await plan([withImage(web, 'web:2')])
  expect(drifted.changes[0]?.fields).toMatchObject([{ path: 'spec.replicas', before: 1, after: 3 }])
  expect(drifted.conflicts).toMatchObject([{ type: 'out_of_sync', blocking: false }])
})

test('a HorizontalPodAutoscaler of the cluster is left in charge of the replicas', async () => {
  const { namespace, plan, sync, live } = await freshPlanning()
  const web = deployment('web', namespace)
  const autoscaler: KubernetesObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace },
    spec: {
      minReplicas: 4,
      maxReplicas: 6,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  }
  await sync([web, autoscaler])
  const replicas = async () => ((await live(web))?.['spec'] as { readonly replicas?: number } | undefined)?.replicas
  // Fewer than its least it corrects without a metric.
  await until(async () => (await replicas()) === 4, { what: 'it scales' })
  expect(await plan([web, autoscaler])).toMatchObject(nothing)
  await sync([withImage(web, 'web:2'), autoscaler])
  expect(await replicas()).toBe(4)
})
