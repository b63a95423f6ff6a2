import { KubernetesError } from '@plimsoll/kubernetes'
import { expect, test } from 'vitest'
import { alreadyExists, conflictFault, notOurFields, refused } from './conflict.ts'

const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' }

function conflictOver(...fields: readonly (readonly [manager: string, field: string])[]): KubernetesError {
  const conflicts = fields.map(([manager, field]) => ({ manager, field }))
  return new KubernetesError({ kind: 'conflict-fields', message: 'Apply failed', retryable: false, ref, conflicts })
}

test('an object of others is named with both ways out', () => {
  const conflict = alreadyExists(object)
  expect(conflict).toMatchObject({ type: 'resource_exists', resource: 'Deployment/web', ref })
  expect(conflict.description).toBe('Deployment shop/web lives already and does not belong to this workflow')
  expect(conflictFault(conflict)).toEqual({
    what: 'Deployment/web cannot be taken over',
    where: 'Deployment shop/web',
    because: conflict.description,
    try: conflict.suggestions.join('; or '),
  })
})

test.each([
  ['.spec.replicas of Deployment shop/web belongs to hpa', [['hpa', '.spec.replicas']]],
  [
    '.spec.replicas, .spec.paused of Deployment shop/web belong to hpa, kubectl',
    [
      ['hpa', '.spec.replicas'],
      ['kubectl', '.spec.paused'],
    ],
  ],
  [
    '.spec.replicas, .spec.paused of Deployment shop/web belong to kubectl',
    [
      ['kubectl', '.spec.replicas'],
      ['kubectl', '.spec.paused'],
    ],
  ],
] as const)('%s', (description, fields) => {
  expect(notOurFields(object, conflictOver(...fields))).toMatchObject({ type: 'out_of_sync', ref, description })
})

test('a refusal tells what the API server says and what can be done', () => {
  const error = new KubernetesError({ kind: 'quota', message: 'exceeded quota: small', retryable: false, ref })
  expect(conflictFault(refused(object, error))).toEqual({
    what: 'Deployment/web is refused by the cluster',
    where: 'Deployment shop/web',
    because: 'exceeded quota: small',
    try: 'raise the quota of the namespace, or ask for less',
  })
})
