import type { KubernetesObject } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPlanning } from '../../test/planning.ts'
import type { Planning } from '../../test/planning.ts'

// Rules of impact compare what lives, with all that the API server fills in, with its answer to a dry run. Whether they see
// what changes, and nothing else, can only be told with a real server; the cases of each rule lie in libs/domain.

type Body = { readonly metadata?: object; readonly [field: string]: unknown }
type Case = {
  readonly of: string
  readonly title: string
  readonly before: Body
  readonly after: Body
  readonly reasons: readonly string[]
  readonly effects?: readonly string[]
}

const labels = { app: 'web' }
const pods = (image: string, more: object = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }] }], ...more },
})
const job = (image: string) => ({ spec: { restartPolicy: 'Never', containers: [{ name: 'job', image }] } })
const workload = (image: string, more: object = {}) => ({
  spec: { replicas: 3, selector: { matchLabels: labels }, template: pods(image), ...more },
})
const service = (port: number) => ({ spec: { selector: labels, ports: [{ name: 'http', port }] } })
const policy = (...ports: readonly number[]) => ({
  spec: { podSelector: { matchLabels: labels }, ingress: [{ ports: ports.map((port) => ({ port })) }] },
})
const role = (...verbs: readonly string[]) => ({ rules: [{ apiGroups: [''], resources: ['secrets'], verbs }] })
const binding = { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [] }
const claim = (name: string) => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
})
const host = (name: string) => ({
  host: name,
  http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
})
const scaler = {
  spec: { maxReplicas: 4, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
}

/** A label more, and nothing else. */
function labelled(of: string, body: Body): Case {
  const after = { ...body, metadata: { ...body.metadata, labels: { a: 'b' } } }
  return { of, title: 'a label', before: body, after, reasons: ['metadata-changed low'], effects: [] }
}

const cases: readonly Case[] = [
  labelled('apps/v1 Deployment', workload('web:1')),
  labelled('apps/v1 StatefulSet', workload('web:1', { serviceName: 'web', volumeClaimTemplates: [claim('data')] })),
  labelled('apps/v1 DaemonSet', { spec: { selector: { matchLabels: labels }, template: pods('web:1') } }),
  labelled('batch/v1 Job', { spec: { template: job('job:1') } }),
  labelled('batch/v1 CronJob', { spec: { schedule: '0 1 * * *', jobTemplate: { spec: { template: job('job:1') } } } }),
  labelled('v1 Service', service(80)),
  labelled('v1 PersistentVolumeClaim', { spec: claim('').spec }),
  labelled('v1 ConfigMap', { data: { a: 'b' } }),
  labelled('networking.k8s.io/v1 NetworkPolicy', policy(80)),
  labelled('networking.k8s.io/v1 Ingress', { spec: { rules: [host('shop.example.com')] } }),
  labelled('rbac.authorization.k8s.io/v1 Role', role('get')),
  labelled('rbac.authorization.k8s.io/v1 RoleBinding', binding),
  labelled('autoscaling/v2 HorizontalPodAutoscaler', scaler),
  labelled('policy/v1 PodDisruptionBudget', { spec: { maxUnavailable: 1, selector: { matchLabels: labels } } }),
  labelled('v1 ResourceQuota', { spec: { hard: { 'count/widgets.example.com': '4' } } }),
  {
    of: 'apps/v1 Deployment',
    title: 'another image',
    before: workload('web:1'),
    after: workload('web:2'),
    reasons: ['pod-template-changed medium'],
    effects: ['restarts_pods'],
  },
  {
    of: 'apps/v1 Deployment',
    title: 'more replicas, said otherwise',
    before: workload('web:1'),
    after: workload('web:1', { replicas: 4, revisionHistoryLimit: 10 }),
    reasons: ['update low'],
    effects: [],
  },
  {
    of: 'apps/v1 Deployment',
    title: 'no replicas',
    before: workload('web:1'),
    after: workload('web:1', { replicas: 0 }),
    reasons: ['scale-to-zero high'],
    effects: ['interrupts_traffic'],
  },
  {
    of: 'apps/v1 Deployment',
    title: 'the network of the node',
    before: workload('web:1'),
    after: workload('web:1', { template: pods('web:1', { hostNetwork: true }) }),
    reasons: ['host-access high', 'pod-template-changed medium'],
    effects: ['restarts_pods'],
  },
  {
    of: 'apps/v1 StatefulSet',
    title: 'one pod, with another image',
    before: workload('web:1', { serviceName: 'web', replicas: 1 }),
    after: workload('web:2', { serviceName: 'web', replicas: 1 }),
    reasons: ['pod-template-changed medium'],
    effects: ['interrupts_traffic', 'restarts_pods'],
  },
  {
    of: 'v1 Service',
    title: 'another port',
    before: service(80),
    after: service(8080),
    reasons: ['service-port-changed low'],
    effects: [],
  },
  {
    of: 'v1 Service',
    title: 'other pods',
    before: service(80),
    after: { spec: { ...service(80).spec, selector: { app: 'shop' } } },
    reasons: ['selector-changed high'],
    effects: ['interrupts_traffic'],
  },
  {
    of: 'v1 Secret',
    title: 'another value',
    before: { stringData: { password: 'old' } },
    after: { stringData: { password: 'newer' } },
    reasons: ['config-changed low'],
    effects: [],
  },
  {
    of: 'networking.k8s.io/v1 NetworkPolicy',
    title: 'one more port',
    before: policy(80),
    after: policy(80, 443),
    reasons: ['network-policy-loosened high'],
  },
  {
    of: 'networking.k8s.io/v1 NetworkPolicy',
    title: 'one port less',
    before: policy(80, 443),
    after: policy(443),
    reasons: ['network-policy-tightened medium'],
  },
  {
    of: 'networking.k8s.io/v1 Ingress',
    title: 'one host less',
    before: { spec: { rules: [host('a.example.com'), host('b.example.com')] } },
    after: { spec: { rules: [host('b.example.com')] } },
    reasons: ['route-host-removed high'],
  },
  {
    of: 'rbac.authorization.k8s.io/v1 Role',
    title: 'one more verb',
    before: role('get'),
    after: role('get', 'list'),
    reasons: ['rbac-widened high'],
  },
  {
    of: 'rbac.authorization.k8s.io/v1 RoleBinding',
    title: 'one more subject',
    before: binding,
    after: { ...binding, subjects: [{ kind: 'ServiceAccount', name: 'web' }] },
    reasons: ['rbac-widened high'],
  },
]

let planning: Planning
let plan: Awaited<ReturnType<Planning['plan']>>

function objectOf({ of }: Case, at: number, { metadata, ...body }: Body): KubernetesObject {
  const [apiVersion = '', kind = ''] = of.split(' ')
  const { namespace } = planning
  return { apiVersion, kind, metadata: { ...metadata, name: `case-${at}`, namespace }, ...body }
}

beforeAll(async () => {
  planning = await openPlanning()
  await planning.sync(cases.map((each, at) => objectOf(each, at, each.before)))
  plan = await planning.plan(cases.map((each, at) => objectOf(each, at, each.after)))
})
afterAll(() => planning[Symbol.asyncDispose]())

test.each(cases.map((each, at) => ({ ...each, at })))('$of: $title is $reasons', ({ at, reasons, effects }) => {
  const change = plan.changes.find(({ ref }) => ref.name === `case-${at}`)
  expect(change?.reasons.map(({ rule, impact }) => `${rule} ${impact}`)).toEqual(reasons)
  expect(change?.effects).toEqual(effects ?? change?.effects)
})

test('every change is one, and none is in conflict', () => {
  expect(plan.conflicts).toEqual([])
  expect(plan.summary).toMatchObject({ total_changes: cases.length, updated_resources: cases.length })
})
