import { expect, test } from 'vitest'
import { describeRef, groupOf, identityOf, refOf, shortName } from './object-ref.ts'

const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', labels: {} } }
const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }

test('an object of a namespace is named with it', () => {
  const ref = refOf(web)
  expect(ref).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' })
  expect(identityOf(ref)).toBe('apps/Deployment/shop/web')
  expect(shortName(ref)).toBe('Deployment/web')
  expect(describeRef(ref)).toBe('Deployment shop/web')
})

test('an object of the cluster is named without', () => {
  const ref = refOf(shop)
  expect(ref).toEqual({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' })
  expect('namespace' in ref).toBe(false)
  expect(identityOf(ref)).toBe('/Namespace//shop')
  expect(describeRef(ref)).toBe('Namespace shop')
})

test('another version of an API names the same object, another group does not', () => {
  const identity = (apiVersion: string) => identityOf({ ...refOf(web), apiVersion })
  expect(identity('apps/v1beta1')).toBe(identity('apps/v1'))
  expect(identity('extensions/v1')).not.toBe(identity('apps/v1'))
  expect(groupOf('v1')).toBe('')
  expect(groupOf('rbac.authorization.k8s.io/v1')).toBe('rbac.authorization.k8s.io')
})
