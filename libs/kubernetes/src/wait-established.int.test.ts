import { refOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply } from './apply.ts'
import { get } from './get.ts'
import { remove } from './remove.ts'
import { resourceOf } from './resource-of.ts'
import { customDefinition } from '../test/custom-definition.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'
import { waitEstablished } from './wait-established.ts'

let fixture: TestCluster
const ship = customDefinition()
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(async () => {
  await remove(fixture.cluster, refOf(ship.definition), {})
  await fixture[Symbol.asyncDispose]()
})

test('an object of a kind that comes in this very sync is applied once its definition is established', async () => {
  const { cluster, namespace } = fixture
  const object: KubernetesObject = {
    apiVersion: ship.apiVersion,
    kind: ship.kind,
    metadata: { name: 'a', namespace },
    spec: { tons: 9_007_199_254_740_993n, unheardOf: { of: ['any', 'model'] } },
  }
  expect(await refusalOf(apply(cluster, object))).toMatchObject({ kind: 'unknown-kind', retryable: false })
  const { object: definition } = await apply(cluster, ship.definition)
  await waitEstablished(cluster, [definition], { timeoutMs: 100_000 })
  expect(await resourceOf(cluster, ship.apiVersion, ship.kind)).toMatchObject({ resource: 'ships', namespaced: true })
  await apply(cluster, object, { precondition: { create: true } })
  expect((await get(cluster, refOf(object)))?.['spec']).toEqual(object['spec'])
})

test('a kind whose definition was removed is unknown again', async () => {
  const { cluster } = fixture
  const { definition, apiVersion, kind } = customDefinition('Cluster')
  const { object } = await apply(cluster, definition)
  await waitEstablished(cluster, [object], { timeoutMs: 100_000 })
  const ref = { apiVersion, kind, name: 'none' }
  expect(await get(cluster, ref)).toBe(undefined)
  await remove(cluster, refOf(definition), {})
  const outcome = async () => get(cluster, ref).catch(({ kind: error }: { kind: string }) => error)
  await expect.poll(outcome).toBe('unknown-kind')
  expect(await resourceOf(cluster, apiVersion, kind)).toBe(undefined)
})

test('a definition whose names are taken is not established, and the error says so', async () => {
  const { cluster } = fixture
  const names = { plural: 'boats', singular: 'ship', kind: 'Ship', listKind: 'ShipList' }
  const { object } = await apply(cluster, {
    ...ship.definition,
    metadata: { name: ship.definition.metadata.name.replace('ships.', 'boats.') },
    spec: { ...(ship.definition['spec'] as object), names },
  })
  const error = await refusalOf(waitEstablished(cluster, [object], { timeoutMs: 30_000 }))
  expect(error).toMatchObject({ kind: 'invalid', retryable: false })
  expect(error.message).toContain('is already in use')
  await remove(cluster, refOf(object), {})
})
