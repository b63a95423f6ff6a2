import { readdirSync, readFileSync } from 'node:fs'
import type { KubernetesObject } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { hasHealth, health } from './health.ts'
import type { HealthStatus } from './health-status.ts'

const folder = new URL('testdata/', import.meta.url)
const objects = readdirSync(folder)
  .flatMap((file) => [...parseAllDocuments(readFileSync(new URL(file, folder), 'utf8'))])
  .map((document) => document.toJS() as KubernetesObject)

// A status that waiting does not change stands with an exclamation mark.
const expected: Record<string, HealthStatus | `${HealthStatus}!`> = {
  'all replicas updated and available': 'Healthy',
  'no status yet': 'Progressing',
  'older generation observed': 'Progressing',
  'some replicas updated': 'Progressing',
  'old replicas remain': 'Progressing',
  'updated but not available': 'Progressing',
  'progress deadline exceeded': 'Degraded!',
  'progress deadline exceeded before it was written': 'Progressing',
  'progress deadline exceeded since it was written': 'Degraded!',
  'deadline of an older generation': 'Progressing',
  'pods refused by a quota': 'Degraded',
  paused: 'Suspended',
  'scaled to zero': 'Healthy',
  'being deleted': 'Progressing',
  'set up to date': 'Healthy',
  'set not ready': 'Progressing',
  'set in mid-update': 'Progressing',
  'set updated down to its partition': 'Healthy',
  'set short of its partition': 'Progressing',
  'set that updates on delete': 'Healthy',
  'daemon everywhere': 'Healthy',
  'daemon without nodes': 'Healthy',
  'daemon in mid-update': 'Progressing',
  'daemon not available everywhere': 'Progressing',
  'daemon not yet observed': 'Progressing',
  'replica set available': 'Healthy',
  'replica set that may not create': 'Degraded',
  'replica set starting': 'Progressing',
  'job complete': 'Healthy',
  'job running': 'Progressing',
  'job failed': 'Degraded!',
  'job about to fail': 'Degraded!',
  'job suspended': 'Suspended',
  'cron job': 'Healthy',
  'cron job suspended': 'Suspended',
  'pod ready': 'Healthy',
  'pod starting': 'Progressing',
  'pod in a crash loop': 'Degraded',
  'pod between two crashes': 'Degraded',
  'pod without its image': 'Degraded',
  'pod with a crashing init container': 'Degraded',
  'pod without a needed secret': 'Degraded',
  'pod whose containers are created': 'Progressing',
  'pod that fits on no node': 'Progressing',
  'pod that ended well': 'Healthy',
  'pod that failed': 'Degraded!',
  'pod that runs to its end': 'Progressing',
  'claim bound': 'Healthy',
  'claim pending': 'Progressing',
  'claim lost': 'Degraded',
  'volume failed': 'Degraded',
  'volume available': 'Healthy',
  'namespace active': 'Healthy',
  'namespace terminating': 'Progressing',
  'service inside': 'Healthy',
  'load balancer without address': 'Progressing',
  'load balancer with address': 'Healthy',
  'ingress without address': 'Progressing',
  'ingress with address': 'Healthy',
  'autoscaler without status': 'Progressing',
  'autoscaler at work': 'Healthy',
  'autoscaler without its target': 'Degraded',
  'budget met': 'Healthy',
  'budget not met': 'Progressing',
  'definition established': 'Healthy',
  'definition installing': 'Progressing',
  'definition whose names are taken': 'Degraded',
  'api service available': 'Healthy',
  'api service without endpoints': 'Progressing',
  'config map': 'Healthy',
  'cluster role': 'Healthy',
  'custom without status': 'Healthy',
  'custom ready': 'Healthy',
  'custom not ready': 'Progressing',
  'custom ready in an older generation': 'Progressing',
  'custom whose condition is older': 'Progressing',
  'custom stalled': 'Degraded',
  'custom reconciling': 'Progressing',
  'custom with conditions of its own': 'Healthy',
  'custom by a built-in name': 'Healthy',
  'argo workflow not begun': 'Progressing',
  'argo workflow that runs': 'Progressing',
  'argo workflow that ended well': 'Healthy',
  'argo workflow that failed': 'Degraded!',
  'argo workflow in error': 'Degraded!',
}

test.each(objects)('$kind: $metadata.name', (object) => {
  const { status, final } = health(object)
  expect(`${status}${final ? '!' : ''}`).toBe(expected[object.metadata.name])
})

test('each case of the table has an object, and each object a case', () => {
  expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual(Object.keys(expected).sort())
})

test('whatever is not healthy says why', () => {
  const silent = objects.filter((object) => {
    const { status, message } = health(object)
    return status !== 'Healthy' && message === ''
  })
  expect(silent.map(({ metadata }) => metadata.name)).toEqual([])
})

test('an object that does not exist is missing', () => {
  expect(health(undefined).status).toBe('Missing')
})

test('an object with garbage for a status is judged without an exception', () => {
  for (const object of objects)
    for (const garbage of [null, 'text', 7, [], { conditions: 'none' }, { conditions: [null] }])
      expect(() => health({ ...object, status: garbage, spec: garbage })).not.toThrow()
})

test('only kinds that can be anything but healthy have health to wait for', () => {
  expect(hasHealth('apps/v1', 'Deployment')).toBe(true)
  expect(hasHealth('example.com/v1', 'Ship')).toBe(true)
  expect(hasHealth('v1', 'ConfigMap')).toBe(false)
  expect(hasHealth('rbac.authorization.k8s.io/v1', 'Role')).toBe(false)
})
