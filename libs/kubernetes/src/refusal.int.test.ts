import { randomBytes } from 'node:crypto'
import type { KubernetesObject } from '@plimsoll/domain'
import { admissionWebhook, cluster as openView, typeInShell, until } from '@plimsoll/harness'
import type { Cluster as View } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster, testKubeconfig } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'
import { apply } from './apply.ts'
import { openCluster } from './cluster.ts'
import type { KubernetesError } from './kubernetes-error.ts'
import { remediesOf } from './remedy.ts'

let fixture: TestCluster
let view: View
beforeAll(async () => {
  fixture = await openTestCluster()
  view = openView()
})
afterAll(async () => {
  view[Symbol.dispose]()
  await fixture[Symbol.asyncDispose]()
})

async function freshFixture(): Promise<TestCluster> {
  const fresh = await openTestCluster()
  onTestFinished(() => fresh[Symbol.asyncDispose]())
  return fresh
}

function object(apiVersion: string, kind: string, name: string, rest: object = {}, namespace = fixture.namespace) {
  return { apiVersion, kind, metadata: { name, namespace }, ...rest } as KubernetesObject
}

const pod = (name: string, namespace: string, container: object = {}) =>
  object('v1', 'Pod', name, { spec: { containers: [{ name: 'web', image: 'web', ...container }] } }, namespace)

function deploymentSpec(app: string) {
  const labels = { app }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } }
  return { replicas: 0, selector: { matchLabels: labels }, template }
}

const deployment = (name: string, app: string, spec: object = {}) =>
  object('apps/v1', 'Deployment', name, { spec: { ...deploymentSpec(app), ...spec } })

const dryRun = (body: KubernetesObject, { cluster } = fixture) => refusalOf(apply(cluster, body, { dryRun: true }))
const commandIn = (remedies: readonly string[]) => remedies.flatMap((text) => /`([^`]+)`/.exec(text)?.[1] ?? [])

test.each<[string, () => KubernetesObject, Partial<KubernetesError>, string]>([
  [
    'a field that does not exist',
    () => deployment('a', 'a', { replica: 1 }),
    { kind: 'unknown-field', refusal: { cause: 'schema', fields: ['spec.replica'] } },
    'check the field for a typing error; `kubectl explain deployment.spec` shows what there is',
  ],
  [
    'a value of the wrong type',
    () => object('v1', 'ConfigMap', 'a', { data: { x: 1 } }),
    { kind: 'invalid', refusal: { cause: 'schema', fields: ['data.x'] } },
    'correct data.x; `kubectl explain configmap.data` shows what fits',
  ],
  [
    'values that validation refuses',
    () => deployment('a', 'a', { selector: { matchLabels: { app: 'b' } } }),
    { kind: 'invalid', refusal: { cause: 'schema', fields: ['spec.template.metadata.labels'] } },
    'correct spec.template.metadata.labels; `kubectl explain deployment.spec.template.metadata` shows what fits',
  ],
])('%s is named with its path', async (_what, body, expected, remedy) => {
  const error = await dryRun(body())
  expect(error).toMatchObject({ ...expected, retryable: false })
  expect(remediesOf(error)).toEqual([remedy])
})

test.each<[string, KubernetesObject, KubernetesObject, readonly string[]]>(
  (
    [
      [
        'a selector',
        'apps/v1',
        'Deployment',
        ['spec.selector'],
        ['a', 'b'].map((app) => ({ spec: deploymentSpec(app) })),
      ],
      [
        'the address of a Service',
        'v1',
        'Service',
        ['spec.clusterIPs[0]'],
        [{ spec: { ports: [{ port: 80 }] } }, { spec: { clusterIP: '10.0.250.250', ports: [{ port: 80 }] } }],
      ],
      [
        'the template of a Job',
        'batch/v1',
        'Job',
        ['spec.template'],
        ['a', 'b'].map((image) => ({
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } } },
        })),
      ],
      [
        'an immutable ConfigMap',
        'v1',
        'ConfigMap',
        ['data'],
        ['1', '2'].map((x) => ({ immutable: true, data: { x } })),
      ],
      [
        'the role of a binding',
        'rbac.authorization.k8s.io/v1',
        'RoleBinding',
        ['roleRef'],
        ['a', 'b'].map((name) => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name } })),
      ],
      [
        'the modes of a PersistentVolumeClaim',
        'v1',
        'PersistentVolumeClaim',
        ['spec'],
        ['ReadWriteOnce', 'ReadWriteMany'].map((mode) => ({
          spec: { accessModes: [mode], resources: { requests: { storage: '1Gi' } } },
        })),
      ],
    ] as const
  ).map(([what, apiVersion, kind, fields, [before, after]]) => [
    what,
    { apiVersion, kind, metadata: { name: 'i' }, ...before } as KubernetesObject,
    { apiVersion, kind, metadata: { name: 'i' }, ...after } as KubernetesObject,
    fields,
  ]),
)('%s is known to be immutable', async (_what, before, after, fields) => {
  const placed = (body: KubernetesObject) => ({ ...body, metadata: { name: 'i', namespace: fixture.namespace } })
  await apply(fixture.cluster, placed(before))
  expect(await dryRun(placed(after))).toMatchObject({ kind: 'immutable', refusal: { cause: 'immutable', fields } })
})

test('a quota that is used up tells its numbers, and the command that is suggested makes room', async () => {
  const { cluster, namespace } = await freshFixture()
  await apply(
    cluster,
    object('v1', 'ResourceQuota', 'small', { spec: { hard: { 'requests.cpu': '500m' } } }, namespace),
  )
  const asks = (cpu: string) => pod('a', namespace, { resources: { requests: { cpu } } })
  const error = await until(
    async () => {
      const refused = await dryRun(asks('2'), { ...fixture, cluster })
      return refused.refusal?.cause === 'quota' ? refused : undefined
    },
    { what: 'the quota counts' },
  )
  const amounts = [{ resource: 'requests.cpu', requested: '2', used: '0', limited: '500m' }]
  expect(error).toMatchObject({ kind: 'quota', retryable: false, refusal: { cause: 'quota', quota: 'small', amounts } })
  const unsaid = await dryRun(pod('a', namespace), { ...fixture, cluster })
  expect(unsaid).toMatchObject({ kind: 'quota', refusal: { cause: 'quota-unsaid', resources: ['requests.cpu'] } })

  const [command = ''] = commandIn(remediesOf(error))
  await typeInShell(command)
  await until(
    () =>
      apply(cluster, asks('2'), { dryRun: true }).then(
        () => true,
        () => undefined,
      ),
    { what: 'there is room' },
  )
})

test('limits of a LimitRange and levels of PodSecurity are told from other refusals', async () => {
  const { cluster, namespace } = await freshFixture()
  await apply(
    cluster,
    object('v1', 'LimitRange', 'l', { spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } }, namespace),
  )
  const large = pod('a', namespace, { resources: { limits: { cpu: '2' } } })
  const error = await until(
    () =>
      apply(cluster, large, { dryRun: true }).then(
        () => undefined,
        (thrown: KubernetesError) => thrown,
      ),
    {
      what: 'the limit holds',
    },
  )
  expect(error).toMatchObject({ kind: 'admission', refusal: { cause: 'limit-range' } })
  const [show = ''] = commandIn(remediesOf(error))
  expect(await typeInShell(show)).toContain('cpu')

  await view.patch(`/api/v1/namespaces/${namespace}`, {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  })
  const privileged = pod('a', namespace, { securityContext: { privileged: true }, resources: { limits: { cpu: '1' } } })
  const insecure = await until(
    () =>
      apply(cluster, privileged, { dryRun: true }).then(
        () => undefined,
        (thrown: KubernetesError) => thrown,
      ),
    {
      what: 'the level holds',
    },
  )
  expect(insecure).toMatchObject({ kind: 'admission', refusal: { cause: 'pod-security', level: 'restricted' } })
  expect(commandIn(remediesOf(insecure))).toEqual([
    `kubectl label namespace ${namespace} --overwrite pod-security.kubernetes.io/enforce=baseline`,
  ])
})

test.each([
  ['in a namespace', (namespace: string) => object('v1', 'ConfigMap', 'a', {}, namespace), 'configmaps', true],
  [
    'of a group',
    (namespace: string) => ({ ...deployment('a', 'a'), metadata: { name: 'a', namespace } }),
    'deployments.apps',
    true,
  ],
  [
    'of the cluster',
    () => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n-${randomBytes(4).toString('hex')}` } }),
    'namespaces',
    false,
  ],
] as const)(
  'a right %s that is missing is named, and what is suggested gives it',
  async (_what, body, resource, isNamespaced) => {
    const { namespace } = await freshFixture()
    const [kind, name] = [isNamespaced ? 'role' : 'clusterrole', `plimsoll-${resource.replace('.', '-')}`]
    if (!isNamespaced)
      onTestFinished(() =>
        typeInShell(`kubectl delete ${kind} ${name}; kubectl delete ${kind}binding ${name}`).then(() => {}),
      )
    await using cluster = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
    const error = await refusalOf(apply(cluster, body(namespace), { dryRun: true }))
    const right = { user: 'unprivileged', verb: 'patch', resource, namespace: isNamespaced ? namespace : null }
    expect(error).toMatchObject({ kind: 'forbidden', refusal: { cause: 'right', ...right } })
    const [command = ''] = commandIn(remediesOf(error))
    await typeInShell(command)
    await until(
      () =>
        apply(cluster, body(namespace), { dryRun: true }).then(
          () => true,
          () => undefined,
        ),
      { what: 'it may' },
    )
  },
)

test('a role that grants more than its writer has is refused for that reason', async () => {
  const { namespace } = await freshFixture()
  const rules = [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['get', 'create', 'patch'] }]
  const group = 'rbac.authorization.k8s.io'
  await view.apply(
    `/apis/${group}/v1/namespaces/${namespace}/roles/writer`,
    object(`${group}/v1`, 'Role', 'writer', { rules }, namespace),
  )
  await view.apply(
    `/apis/${group}/v1/namespaces/${namespace}/rolebindings/writer`,
    object(
      `${group}/v1`,
      'RoleBinding',
      'writer',
      {
        roleRef: { apiGroup: group, kind: 'Role', name: 'writer' },
        subjects: [{ kind: 'User', name: 'unprivileged' }],
      },
      namespace,
    ),
  )
  await using cluster = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
  const wide = object(
    `${group}/v1`,
    'Role',
    'wide',
    { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
    namespace,
  )
  const error = await until(
    async () => {
      const refused = await refusalOf(apply(cluster, wide, { dryRun: true }))
      return refused.refusal?.cause === 'right' ? undefined : refused
    },
    { what: 'the binding holds' },
  )
  expect(error).toMatchObject({ kind: 'forbidden', refusal: { cause: 'escalation', user: 'unprivileged' } })
})

test('a ValidatingAdmissionPolicy is named with its binding, and what is suggested shows it', async () => {
  const { cluster, namespace } = await freshFixture()
  const [group, name] = ['admissionregistration.k8s.io/v1', `policy-${namespace}`]
  const selector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  const rule = {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['configmaps', 'secrets'],
  }
  const policy = {
    failurePolicy: 'Fail',
    matchConstraints: { namespaceSelector: selector, resourceRules: [rule] },
    validations: [{ expression: 'has(object.data)', message: 'it holds no data' }],
  }
  const path = `/apis/${group}/validatingadmissionpolicies/${name}`
  const bindingPath = `/apis/${group}/validatingadmissionpolicybindings/${name}`
  await view.apply(path, { apiVersion: group, kind: 'ValidatingAdmissionPolicy', metadata: { name }, spec: policy })
  await view.apply(bindingPath, {
    apiVersion: group,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  })
  onTestFinished(() => Promise.all([view.delete(path), view.delete(bindingPath)]).then(() => {}))
  for (const kind of ['ConfigMap', 'Secret']) {
    const error = await until(
      () =>
        apply(cluster, object('v1', kind, 'a', {}, namespace), { dryRun: true }).then(
          () => undefined,
          (thrown: KubernetesError) => thrown,
        ),
      { what: 'the policy holds' },
    )
    expect(error).toMatchObject({
      kind: 'admission',
      retryable: false,
      refusal: { cause: 'policy', policy: name, binding: name },
    })
    expect(error.message).toContain(name)
    const [command = ''] = commandIn(remediesOf(error))
    expect(await typeInShell(command)).toContain('it holds no data')
  }
})

test('a webhook that denies is named, for a Secret too, and one that is away is told from it', async () => {
  const { cluster, namespace } = await freshFixture()
  await using webhook = await admissionWebhook({
    type: 'Validating',
    namespace,
    resources: ['configmaps', 'secrets'],
    review: ({ metadata }) => (metadata.name === 'good' ? {} : { deny: `${metadata.name} is not welcome` }),
  })
  await apply(cluster, object('v1', 'Secret', 'good', {}, namespace), { dryRun: true })
  for (const kind of ['ConfigMap', 'Secret']) {
    const error = await refusalOf(apply(cluster, object('v1', kind, 'bad', {}, namespace), { dryRun: true }))
    expect(error).toMatchObject({
      kind: 'admission',
      retryable: false,
      refusal: { cause: 'webhook', webhook: webhook.name },
    })
    expect(error.message).toContain(webhook.name)
    expect(commandIn(remediesOf(error))).toHaveLength(1)
  }
  await webhook.stop()
  for (const kind of ['ConfigMap', 'Secret']) {
    const error = await refusalOf(apply(cluster, object('v1', kind, 'good', {}, namespace), { dryRun: true }))
    expect(error).toMatchObject({
      kind: 'unavailable',
      retryable: true,
      refusal: { cause: 'webhook-down', webhook: webhook.name },
    })
    expect(error.message).toContain(webhook.name)
  }
})
