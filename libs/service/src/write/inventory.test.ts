import type { Inventory, InventoryEntry, KubernetesObject, Steps } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import type { Outcome } from './carry-out.ts'
import { claimedInventory, noInventory, resultingInventory } from './inventory.ts'

const object = (name: string, apiVersion = 'v1'): KubernetesObject => ({
  apiVersion,
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
})
const ref = (name: string, apiVersion = 'v1') => ({ apiVersion, kind: 'ConfigMap', namespace: 'shop', name })
const entry = (name: string, state = 'old', apiVersion = 'v1'): InventoryEntry => ({
  ...ref(name, apiVersion),
  uid: `uid-${name}`,
  digest: state,
  owned: state,
})
const claimed = (name: string): InventoryEntry => ({ ...ref(name), uid: '', digest: '', owned: '' })
const live = { uid: 'u', resourceVersion: '7' }
const base: Inventory = { entries: [entry('a'), entry('b'), entry('c')] }

function stepsOf(parts: Partial<Steps>): Steps {
  const lists = { steps: [], kept: [], leftovers: [], gone: [], conflicts: [] }
  const origin = { workflow_id: 'w', revision: 'r', tree: 't', manifest_set: 'm', base_inventory: 'i' }
  return { ...origin, ...lists, processed: 0, ...parts }
}

test('from the first write on all is ours that was and that is about to be created', () => {
  const steps = stepsOf({
    steps: [
      { action: 'create', object: object('new'), digest: 'd' },
      { action: 'create', object: object('a'), digest: 'd' },
      { action: 'update', object: object('b'), digest: 'd', live, force: false },
      { action: 'delete', ref: ref('c'), live },
    ],
  })
  expect(claimedInventory(base, steps)).toEqual({ entries: [...base.entries, claimed('new')] })
})

test('after a sync is ours what was applied, found in order, or not deleted', () => {
  const steps = stepsOf({ kept: [entry('b', 'kept')], gone: [ref('c')] })
  const start: Inventory = { entries: [...base.entries, claimed('new'), claimed('refused'), entry('dropped')] }
  const result = resultingInventory(start, steps, [
    { done: 'applied', entry: entry('new', 'new'), generation: 1, resolved: false },
    { done: 'deleted', ref: ref('dropped') },
    {
      done: 'failed',
      kind: 'invalid',
      isOutside: false,
      action: 'create',
      ref: ref('refused'),
      fault: { what: 'it is refused', where: 'here', because: 'why not', try: 'this' },
    },
  ])
  expect(result.entries).toEqual([entry('a'), entry('b', 'kept'), entry('new', 'new'), claimed('refused')])
})

test('an object that is applied in another version of its API stays one', () => {
  const start: Inventory = { entries: [entry('a', 'old', 'example.com/v1beta1')] }
  const applied = entry('a', 'new', 'example.com/v1')
  const outcome = { done: 'applied', entry: applied, generation: 1, resolved: false } as const
  expect(resultingInventory(start, stepsOf({}), [outcome]).entries).toEqual([applied])
  const create = { action: 'create', object: object('a', 'example.com/v1'), digest: 'd' } as const
  expect(claimedInventory(start, stepsOf({ steps: [create] }))).toEqual(start)
})

test('what a write is about to hide is hidden from then on, and until the object was written without it', () => {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' }
  const entry = { ...ref, uid: 'u', digest: 'd', owned: 'o', sensitive: ['/data/old'] }
  const object = { ...ref, metadata: { name: 'settings', namespace: 'shop' } }
  const update = {
    action: 'update',
    object,
    digest: 'e',
    live: { uid: 'u', resourceVersion: '1' },
    force: false,
    sensitive: ['/data/new'],
  } as const
  const claimed = claimedInventory({ entries: [entry] }, { steps: [update] } as unknown as Steps)
  expect(claimed.entries[0]?.sensitive).toEqual(['/data/old', '/data/new'])
  const created = claimedInventory(noInventory, { steps: [{ ...update, action: 'create' }] } as unknown as Steps)
  expect(created.entries[0]?.sensitive).toEqual(['/data/new'])
  const { sensitive: _none, ...plain } = { ...entry, digest: 'e' }
  const applied: Outcome = { done: 'applied', entry: plain, generation: 1, resolved: false }
  const after = resultingInventory(claimed, { kept: [], gone: [] } as unknown as Steps, [applied])
  expect(after.entries[0]).not.toHaveProperty('sensitive')
})

test('what we have made stays of our making while it is the same object', () => {
  const made: InventoryEntry = { ...entry('a'), created: true }
  const start: Inventory = { entries: [made] }
  const applied = (uid: string) =>
    ({ done: 'applied', entry: { ...entry('a', 'new'), uid }, generation: 1, resolved: false }) as const
  expect(resultingInventory(start, stepsOf({}), [applied('uid-a')]).entries).toEqual([
    { ...entry('a', 'new'), created: true },
  ])
  expect(resultingInventory(start, stepsOf({}), [applied('another')]).entries[0]).not.toHaveProperty('created')
  expect(resultingInventory(start, stepsOf({ kept: [entry('a', 'kept')] }), []).entries).toEqual([
    { ...entry('a', 'kept'), created: true },
  ])
})
