import { expect, test } from 'vitest'
import { podTemplateOf, sourcesOf } from './pod-template.ts'

const pod = { containers: [{ name: 'web' }] }
const object = (apiVersion: string, kind: string, spec: unknown) => ({
  apiVersion,
  kind,
  metadata: { name: 'web' },
  spec,
})

test.each<[string, ReturnType<typeof object>, boolean]>([
  ['a Deployment', object('apps/v1', 'Deployment', { template: { spec: pod } }), true],
  ['a Job', object('batch/v1', 'Job', { template: { spec: pod } }), true],
  ['a CronJob', object('batch/v1', 'CronJob', { jobTemplate: { spec: { template: { spec: pod } } } }), true],
  ['a Pod', object('v1', 'Pod', pod), true],
  ['a Pod of others', object('example.com/v1', 'Pod', pod), false],
  ['a workload of others', object('argoproj.io/v1alpha1', 'Rollout', { template: { spec: pod } }), true],
  ['a template of something else', object('example.com/v1', 'Certificate', { template: { spec: {} } }), false],
  ['a ConfigMap', object('v1', 'ConfigMap', undefined), false],
])('%s makes pods: %s', (_title, each, makes) => {
  expect(podTemplateOf(each) !== undefined).toBe(makes)
})

test('nothing makes no pods', () => {
  expect(podTemplateOf(undefined)).toBeUndefined()
})

test('a pod reads what its volumes and its containers name', () => {
  const spec = {
    volumes: [
      { name: 'a', configMap: { name: 'files' } },
      { name: 'b', secret: { secretName: 'certificate' } },
      { name: 'c', projected: { sources: [{ configMap: { name: 'part' } }, { secret: { name: 'other' } }] } },
      { name: 'd', emptyDir: {} },
    ],
    initContainers: [
      { name: 'init', envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }] },
    ],
    containers: [
      {
        name: 'web',
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'single', key: 'a' } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'password', key: 'b' } } },
          { name: 'C', value: 'plain' },
        ],
      },
      { name: 'side', envFrom: [{ configMapRef: { name: 'settings' } }] },
    ],
  }
  expect(sourcesOf({ spec })).toEqual([
    'ConfigMap/files',
    'Secret/certificate',
    'ConfigMap/part',
    'Secret/other',
    'ConfigMap/settings',
    'Secret/keys',
    'ConfigMap/single',
    'Secret/password',
  ])
})
