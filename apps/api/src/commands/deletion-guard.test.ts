import { initialWorkflow, workflowConfig, type InventoryEntry } from '@plimsoll/domain'
import { expect, test } from 'vitest'
import { RefusalError } from '../refusal-error.ts'
import { checkCascade, decideDeletion, ObjectsChangedError } from './deletion-guard.ts'

const config = (budget: number) => {
  const checked = workflowConfig({ id: 'shop', repository: 'shop', sync_policy: { prune_budget: budget } })
  if (!checked.ok) throw new Error('the configuration must be sound')
  return checked.value
}
const entry = (kind: string, name: string): InventoryEntry => ({
  apiVersion: 'v1',
  kind,
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  digest: '',
  owned: '',
})
const maps = ['a', 'b', 'c'].map((name) => entry('ConfigMap', name))
const claim = entry('PersistentVolumeClaim', 'data')

/** What the refusal says to confirm with. */
const refusalOf = (check: () => void) => {
  try {
    check()
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
    const [fault] = error.faults
    return { because: fault?.because ?? '', confirm: /--confirm (\w+)/.exec(fault?.try ?? '')?.[1] ?? '' }
  }
  return undefined
}

test('a few objects are deleted with their workflow at once', () => {
  expect(() => checkCascade(config(50), maps.slice(0, 2), { pruneKept: false })).not.toThrow()
  expect(() => checkCascade(config(50), [], { pruneKept: true })).not.toThrow()
  expect(() => checkCascade(config(100), maps, { pruneKept: false })).not.toThrow()
})

test('more than the budget is named, with what stays, and wants a confirmation', () => {
  const refusal = refusalOf(() => checkCascade(config(50), [...maps, claim], { pruneKept: false }))
  expect(refusal?.because).toBe(
    '3 of 4 objects would be deleted (75 %), and sync_policy.prune_budget is 50 %; ' +
      'it would delete ConfigMap shop/a, ConfigMap shop/b, ConfigMap shop/c; ' +
      'it would keep PersistentVolumeClaim shop/data',
  )
  const { confirm = '' } = refusal ?? {}
  expect(() => checkCascade(config(50), [...maps, claim], { pruneKept: false, confirm })).not.toThrow()
})

test('a confirmation is of exactly these objects', () => {
  const { confirm = '' } = refusalOf(() => checkCascade(config(50), maps, { pruneKept: false })) ?? {}
  const more = refusalOf(() =>
    checkCascade(config(50), [...maps, entry('Secret', 'key')], { pruneKept: false, confirm }),
  )
  expect(more?.because).toContain('these are not the objects that were confirmed')
  const kept = refusalOf(() => checkCascade(config(50), [...maps, claim], { pruneKept: true, confirm }))
  expect(kept?.because).toContain('PersistentVolumeClaim shop/data would be deleted')
})

test('one object that holds data wants it whatever the budget', () => {
  expect(refusalOf(() => checkCascade(config(100), [claim], { pruneKept: true }))).toBeDefined()
  expect(refusalOf(() => checkCascade(config(100), [claim], { pruneKept: false }))).toBeUndefined()
})

test('objects that a sync recorded after the check are not deleted unchecked', () => {
  const workflow = { ...initialWorkflow, config: config(50), inventory: 'later' }
  const cascading = { cascade: true, pruneKept: false }
  expect(() => decideDeletion(cascading, 'checked')(workflow)).toThrow(ObjectsChangedError)
  expect(decideDeletion(cascading, 'later')(workflow)).toMatchObject([
    { type: 'WorkflowDeleted', data: { cascade: true } },
  ])
  expect(decideDeletion({ cascade: false, pruneKept: false }, 'checked')(workflow)).toHaveLength(1)
})
