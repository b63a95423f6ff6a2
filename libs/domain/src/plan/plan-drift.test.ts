import { describe, expect, test } from 'vitest'
import { faultsText } from '../fault.ts'
import type { PlannedHook } from '../hooks/hook.ts'
import { isRestOf, planDrift } from './plan-drift.ts'
import type { Change, Conflict, Plan } from './plan.ts'

const digest = `plan:${'1234567890ab'.padEnd(64, '0')}`

function plan(changes: readonly Change[], conflicts: readonly Conflict[] = []): Plan {
  return { workflow_id: 'shop', revision: 'c0ffee', digest, changes, conflicts } as unknown as Plan
}

function change(name: string, type: Change['type'], more: Partial<Change> = {}): Change {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name }
  return { type, resource: `ConfigMap/${name}`, ref, fields: [], ...more } as unknown as Change
}

const replicas = (before: number, more = {}) => ({ path: 'spec.replicas', before, after: 3, ...more })
const update = (...fields: readonly Change['fields'][number][]) => change('web', 'update', { fields })

function told(seen: readonly Change[], now: readonly Change[]): readonly string[] {
  return planDrift(plan(seen), plan(now)).map(({ what, where, because }) => `${what} (${where}): ${because}`)
}

describe('what changed since a plan was made', () => {
  const object = 'ConfigMap shop/web'
  const one = `the plan is stale: nothing was written (${digest}): one thing has changed since it was made`
  test.each<[string, readonly Change[], readonly Change[], string]>([
    ['an object that joined', [], [update()], `the plan has one object more (${object}): it would be updated now`],
    [
      'an object that left',
      [update()],
      [],
      `the plan has one object less (${object}): it would have been updated, and there is nothing to do now`,
    ],
    [
      'an object that someone made meanwhile',
      [change('web', 'create')],
      [update()],
      `the plan does something else (${object}): it would have been created, and it would be updated now`,
    ],
    [
      'a field that someone changed',
      [update(replicas(1))],
      [update(replicas(5))],
      `other fields would change (${object}): spec.replicas: 1 -> 3 then, 5 -> 3 now`,
    ],
    [
      'a field that drifted',
      [update(replicas(1))],
      [update(replicas(1), { path: 'data.a', before: 'x', after: 'y' })],
      `other fields would change (${object}): data.a: as it should be then, "x" -> "y" now`,
    ],
    [
      'an object that would be made otherwise',
      [change('web', 'create', { desired_state: { kind: 'A' } as never })],
      [change('web', 'create', { desired_state: { kind: 'B' } as never })],
      `other fields would change (${object}): what would be created is not the same any more`,
    ],
    [
      'an update that became a replace',
      [update()],
      [change('web', 'delete', { replaces: true }), change('web', 'create', { replaces: true })],
      `the plan does something else (${object}): it would have been updated, and it would be replaced now`,
    ],
  ])('%s is named', (_title, seen, now, fault) => {
    expect(told(seen, now)).toEqual([one, fault])
  })

  test('what the server makes by itself is not named', () => {
    const seen = update(replicas(1), { path: 'spec.nodePort', after: 30_001, server: true })
    const now = update(replicas(1), { path: 'spec.nodePort', after: 30_002, server: true })
    expect(told([seen], [now])).toHaveLength(1)
  })

  test('many fields are counted', () => {
    const fields = Array.from({ length: 9 }, (_, index) => ({ path: `data.k${index}`, before: 'a', after: 'b' }))
    expect(told([update()], [update(...fields)])[1]).toMatch(/data\.k4: .*; and 4 more$/)
  })

  test('conflicts come and go', () => {
    const conflict = { type: 'validation', ref: change('web', 'update').ref, blocking: true, description: 'no' }
    const settled = { ...conflict, blocking: false }
    const other = { ...conflict, description: 'not yet' }
    const faults = planDrift(plan([], [settled, other] as Conflict[]), plan([], [settled, conflict] as Conflict[]))
    expect(faults.slice(1).map(({ what, because }) => [what, because])).toEqual([
      ['there is a conflict now', 'no'],
      ['a conflict is gone', 'it was: not yet'],
    ])
  })

  test('what an interrupted sync left to do is a part of its plan, and nothing else is', () => {
    const [web, other] = [update(replicas(1)), change('other', 'create')]
    expect(isRestOf(plan([web, other]), plan([web]))).toBe(true)
    expect(isRestOf(plan([web, other]), plan([]))).toBe(true)
    expect(isRestOf(plan([web]), plan([web, other]))).toBe(false)
    expect(isRestOf(plan([web]), plan([update(replicas(5))]))).toBe(false)
    expect(isRestOf(plan([web]), plan([change('web', 'delete')]))).toBe(false)
    const conflict = { type: 'validation', ref: web.ref, blocking: true, description: 'no' } as Conflict
    expect(isRestOf(plan([web]), plan([web], [conflict]))).toBe(false)
  })

  test('the first fault says it in one line, with what to type', () => {
    const faults = planDrift(plan([]), plan([update(), change('b', 'delete')]))
    expect(faultsText(faults)).toContain('2 things have changed since it was made (and 2 more)')
    expect(faults[0]?.try).toBe('look at the plan of now with `plimsoll diff shop`, then sync --plan 1234567890ab')
  })
})

const hook = (name: string, more: Partial<PlannedHook> = {}): PlannedHook => ({
  phase: 'PreSync',
  wave: 0,
  name,
  kind: 'command',
  command: 'backup.sh',
  ...more,
})
const withHooks = (...hooks: readonly PlannedHook[]) => ({ ...plan([update()]), hooks })

test('a hook that joined, left or changed is told', () => {
  const told = planDrift(
    withHooks(hook('pre_sync_hooks[0]'), hook('pre_sync_hooks[1]')),
    withHooks(
      hook('pre_sync_hooks[0]', { command: 'rm -r /' }),
      hook('Job/late', { phase: 'PostSync', where: 'a.yaml:1' }),
    ),
  )
  expect(told.slice(1).map(({ what, where }) => `${what} (${where})`)).toEqual([
    'it is another PreSync hook pre_sync_hooks[0] (pre_sync_hooks[0])',
    'there is one less PreSync hook pre_sync_hooks[1] (pre_sync_hooks[1])',
    'there is one more PostSync hook Job/late (a.yaml:1)',
  ])
})

test('the rest of a plan runs no hook that was not in it', () => {
  const seen = withHooks(hook('a'), hook('b'))
  expect(isRestOf(seen, { ...plan([]), hooks: [hook('b')] })).toBe(true)
  expect(isRestOf(seen, withHooks(hook('a'), hook('b', { command: 'rm -r /' })))).toBe(false)
  expect(isRestOf(plan([update()]), withHooks(hook('a')))).toBe(false)
})
