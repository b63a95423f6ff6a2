import { describe, expect, test } from 'vitest'
import {
  at,
  iso,
  inventory,
  created,
  healing,
  revision,
  plan,
  asked,
  planned,
  started,
  succeeded,
  failed,
  sync,
  web,
  app,
  edited,
  deleted,
  seen,
  look,
  found,
  healedAt,
  play,
  stateOf,
  statusOf,
  last,
} from '../../../test/drift-play.ts'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowDecider } from '../../deciders.ts'
import { given } from '../../testing.ts'
import { nextPlanning } from './decisions.ts'
import {
  calmBefore,
  driftedObject,
  healIsDue,
  isSettled,
  observeDrift,
  observeHealth,
  requestHeal,
  withdrawHeal,
} from './drift-decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { endSync } from './rollback-decisions.ts'
import { scheduleRetry } from './retry-decisions.ts'
import type { Workflow } from '../state/state.ts'

describe('what is recorded of drift', () => {
  const synced = [created(), ...sync('s1')]

  test('what drifted, by whom and when; once', () => {
    const events = play(synced, found([edited, deleted]))
    expect(last(events)).toEqual({
      type: 'DriftDetected',
      data: {
        at: iso(0),
        objects: [edited, deleted],
        total: 2,
        heal_at: null,
        contest: null,
        message: `Drifted: kubectl-edit changed Deployment/web spec.replicas at ${iso(-1_000)} (and 1 more object).`,
      },
    })
    expect(given(workflowDecider, ...events).when(found([edited, deleted], 5_000))).toEqual([])
  })

  test('what is new, and what differs in another way, alone', () => {
    const events = play(synced, found([edited]), found([edited, deleted], 1_000))
    expect(last(events)).toMatchObject({ data: { objects: [deleted], total: 2 } })
    const worse = driftedObject(web, { what: 'modified', fields: ['spec.replicas', 'spec.paused'] })
    expect(last(play(events, found([worse, deleted], 2_000)))).toMatchObject({ data: { objects: [worse], total: 2 } })
    // Who and when may be news, but it is the same drift.
    expect(given(workflowDecider, ...events).when(found([{ ...edited, manager: 'other' }, deleted]))).toEqual([])
  })

  test('that it is gone, and how: by itself, by a sync, by a heal, by a rollback', () => {
    const gone = (events: readonly WorkflowEvent[]) => last(play(events, found([], 1_000)))?.data
    const drifted = play(synced, found([edited]))
    expect(gone(drifted)).toMatchObject({ objects: [web], left: 0, how: 'itself', by: null })
    expect(gone([...drifted, ...sync('s2', 'manual')])).toMatchObject({ how: 'sync', by: 's2' })
    expect(gone([...drifted, ...sync('h1', 'heal')])).toMatchObject({ how: 'heal', by: 'h1' })
    const back: readonly WorkflowEvent[] = [
      { type: 'RollbackRequested', data: { ...sample.RollbackRequested.data, rollback_id: 'r1' } },
      { type: 'RollbackStarted', data: { ...sample.RollbackStarted.data, rollback_id: 'r1' } },
      { type: 'RollbackSucceeded', data: { ...sample.RollbackSucceeded.data, rollback_id: 'r1', inventory } },
    ]
    expect(gone([...drifted, ...back])).toMatchObject({ how: 'rollback', by: 'r1' })
  })

  test('that some of it is gone, and how much is left', () => {
    const events = play(synced, found([edited, deleted]), found([deleted], 1_000))
    expect(last(events)).toMatchObject({ type: 'DriftHealed', data: { objects: [web], left: 1 } })
    expect(stateOf(events).drift).toMatchObject({ objects: [deleted], total: 1 })
  })

  test('what a sync left as it was is told anew', () => {
    const events = play([...play(synced, found([edited])), ...sync('s2')], found([edited], 1_000))
    expect(last(events)).toMatchObject({ type: 'DriftDetected', data: { objects: [], total: 1 } })
    expect(statusOf(events)?.status).toBe('degraded')
  })

  test('nothing of another inventory, while something is written, or after what failed half-way', () => {
    const nothing = (events: readonly WorkflowEvent[]) =>
      expect(given(workflowDecider, ...events).when(found([edited]))).toEqual([])
    expect(
      given(workflowDecider, ...synced).when(observeDrift({ ...seen([edited]), inventory: 'old' }, look())),
    ).toEqual([])
    nothing([created()])
    nothing([...synced, asked('s2'), planned('s2'), started('s2')])
    nothing([...synced, asked('s2'), planned('s2'), started('s2'), failed('s2')])
    expect(isSettled(stateOf([...synced, asked('s2'), planned('s2')]))).toBe(true)
  })

  test('what comes and goes by itself is told to be gone later each time', () => {
    let events: readonly WorkflowEvent[] = synced
    const waits: (number | undefined)[] = []
    for (let round = 0; round < 4; round++) {
      const ms = round * 60_000
      events = play(events, found([edited], ms))
      waits.push(calmBefore(stateOf(events), { objects: [] }, at(ms + 1_000)))
      const early = observeDrift(seen([], (waits.at(-1) ?? 0) - 1), look(ms + 1_000))
      expect(given(workflowDecider, ...events).when(early)).toEqual([])
      events = play(events, found([], ms + 1_000))
    }
    expect(waits).toEqual([0, 4_000, 16_000, 64_000])
    expect(calmBefore(stateOf(events), { objects: [] }, at(0))).toBeUndefined()
  })

  test('as much as fits into an event; the rest is counted', () => {
    const many = Array.from({ length: 3_000 }, (_, index) =>
      driftedObject(
        { ...web, name: `${'w'.repeat(240)}-${index}` },
        { what: 'modified', fields: Array.from({ length: 40 }, (__, field) => `${'f'.repeat(500)}${field}`) },
      ),
    )
    const [event] = given(workflowDecider, ...synced).when(found(many))
    expect(event).toMatchObject({ data: { total: 3_000 } })
    expect(JSON.stringify(event).length).toBeLessThan(60_000)
    let events: readonly WorkflowEvent[] = synced
    for (let round = 0; round < 5; round++) events = play(events, found(many, round))
    expect(given(workflowDecider, ...events).when(found(many, 9))).toEqual([])
    expect(stateOf(events).drift?.objects.length).toBeLessThanOrEqual(50)
  })
})

describe('when drift is put back', () => {
  const synced = [healing, ...sync('s1')]
  const healAt = (events: readonly WorkflowEvent[]) => stateOf(events).drift?.heal_at

  test('at once, whether or not new commits are synced by themselves', () => {
    const events = play(synced, found([edited]))
    expect(healAt(events)).toBe(iso(0))
    expect(given(workflowDecider, ...events).when(requestHeal('h1', plan, look()))).toEqual([
      {
        type: 'SyncRequested',
        data: { sync_id: 'h1', trigger: 'heal', revision, plan: null, by: null, prune_kept: false },
      },
      { type: 'PlanMade', data: { ...plan, sync_id: 'h1' } },
    ])
  })

  test('not where nobody asked for it, and not while anything stops what comes by itself', () => {
    const paused: WorkflowEvent = { type: 'WorkflowPaused', data: { by: 'ada', reason: '' } }
    expect(healAt(play([created(), ...sync('s1')], found([edited])))).toBeNull()
    expect(healAt(play(synced, found([edited], 0, false)))).toBeNull()
    expect(healAt(play([...synced, paused], found([edited])))).toBeNull()
    const due = play(synced, found([edited]))
    expect(healIsDue(stateOf(due), look())).toBe(true)
    expect(healIsDue(stateOf([...due, paused]), look())).toBe(false)
    expect(healIsDue(stateOf(due), look(0, false))).toBe(false)
    expect(healIsDue(stateOf([...due, asked('s2', 'manual')]), look())).toBe(false)
    expect(healIsDue(stateOf([...due, { type: 'PlanRequested', data: { revision: null } }]), look())).toBe(false)
  })

  test('when what kept it from coming is over', () => {
    const resumed: WorkflowEvent = { type: 'WorkflowResumed', data: { by: 'ada' } }
    const paused: WorkflowEvent = { type: 'WorkflowPaused', data: { by: 'ada', reason: '' } }
    const events = play([...synced, paused], found([edited]), () => [resumed], found([edited], 60_000))
    expect(healAt(events)).toBe(iso(60_000))
  })

  test('later each time that the same object drifts soon after', () => {
    let events: readonly WorkflowEvent[] = synced
    const waits: number[] = []
    for (let round = 0; round < 11; round++) {
      const ms = round * 400_000
      events = play(events, ...healedAt(ms, `h${round}`))
      const detected = events.findLast((event) => event.type === 'DriftDetected')
      waits.push(Date.parse(detected?.data.heal_at ?? '') - at(ms).getTime())
    }
    expect(waits).toEqual([0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000))
    // Another object has nothing to do with it, and an object that was left alone begins anew.
    expect(healAt(play(events, found([deleted], 4_400_000)))).toBe(iso(4_400_000))
    expect(healAt(play(events, found([edited, deleted], 4_400_000)))).toBe(iso(4_400_000))
    expect(healAt(play(events, found([edited], 9_000_000)))).toBe(iso(9_000_000))
  })

  test('later each time that a heal fails, without a retry or a rollback', () => {
    let events = play(synced, found([edited]))
    const waits: (number | undefined)[] = []
    for (let round = 1; round < 5; round++) {
      const ms = round * 400_000
      const id = `h${round}`
      events = play(events, requestHeal(id, plan, look(ms)), () => [started(id)])
      expect(
        given(workflowDecider, ...events).when((workflow) =>
          scheduleRetry(failed(id), at(ms), 0)(workflow) ? [failed(id)] : [],
        ),
      ).toEqual([])
      events = play(events, endSync(id, [failed(id)], { rejects: true }), found([edited], ms))
      expect(last(events)).toMatchObject({ type: 'DriftDetected', data: { objects: [] } })
      waits.push(Date.parse(healAt(events) ?? '') - at(ms).getTime())
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000])
    expect(statusOf(events)).toMatchObject({ status: 'degraded', last_sync_result: { id: 'h4', status: 'failed' } })
  })

  test('not any more once it is gone', () => {
    const events = play(synced, found([edited]), requestHeal('h1', plan, look()))
    expect(given(workflowDecider, ...events).when(withdrawHeal('nobody'))).toMatchObject([
      { type: 'SyncSuperseded', data: { sync_id: 'h1' } },
    ])
    expect(given(workflowDecider, ...events, started('h1')).when(withdrawHeal('nobody'))).toEqual([])
  })
})

describe('a heal is no sync of something new', () => {
  const newer = { head: { revision: 'new', tree: 'new', message: '', author: '', committed_at: '' }, tree: 'new' }
  const before = [healing, ...sync('s1')]

  test('it leaves the rejected, the tried, and what a rollback undoes as they were', () => {
    const rejected: WorkflowEvent = { type: 'RevisionRejected', data: sample.RevisionRejected.data }
    const of = ({ newest, tried, rejected: sets, undone, rollbacksInARow, applied }: Workflow) => ({
      newest,
      tried,
      sets,
      undone,
      rollbacksInARow,
      applied,
    })
    const then = [...before, rejected]
    for (const end of [succeeded('h1'), failed('h1')]) {
      const after = play(then, found([edited]), requestHeal('h1', plan, look()), () => [started('h1'), end])
      expect(of(stateOf(after))).toEqual(of(stateOf(then)))
    }
  })

  test('the plan of a newer commit that waits is made again afterwards, and stands meanwhile', () => {
    const pending: WorkflowEvent = { type: 'PlanMade', data: { ...plan, revision: 'new', tree: 'new', sync_id: null } }
    const asking = play([...before, pending], found([edited]), requestHeal('h1', plan, look()))
    expect(stateOf(asking).plan?.revision).toBe('new')
    expect(nextPlanning(stateOf(asking), newer, false)).toEqual({ action: 'wait' })
    const after = [...asking, started('h1'), succeeded('h1')]
    expect(nextPlanning(stateOf(after), newer, false)).toMatchObject({ action: 'plan', syncId: null })
  })

  test('without its plan, as after an approval, it is planned again', () => {
    const events = play(before, found([edited]), requestHeal('h1', plan, look()))
    const approval = { sync_id: 'h1', plan: plan.digest, by: 'ada', reason: '' }
    const approved: readonly WorkflowEvent[] = [
      { type: 'ApprovalRequested', data: { ...sample.ApprovalRequested.data, sync_id: 'h1', plan: plan.digest } },
      { type: 'SyncApproved', data: approval },
    ]
    expect(nextPlanning(stateOf([...events, ...approved]), newer, false)).toEqual({ action: 'plan-heal', syncId: 'h1' })
  })

  test('it makes way for a new commit that syncs by itself, and not for one that was tried', () => {
    const auto = created({ auto_sync: true, sync_policy: { self_heal: true } })
    const open = play([auto, ...sync('s1')], found([edited]), requestHeal('h1', plan, look()))
    expect(nextPlanning(stateOf(open), newer, true)).toMatchObject({ action: 'plan', syncId: null })
    expect(nextPlanning({ ...stateOf(open), tried: 'new' }, newer, true)).toEqual({ action: 'wait' })
  })
})

describe('the status', () => {
  test('of drift is degraded, with what and who in one sentence and what to do in the next', () => {
    expect(statusOf(play([created(), ...sync('s1')], found([edited])))).toMatchObject({
      status: 'degraded',
      reason: `Drifted: kubectl-edit changed Deployment/web spec.replicas at ${iso(-1_000)}. See it with diff, put it back with sync.`,
    })
    expect(statusOf(play([healing, ...sync('s1')], found([deleted], 0, false)))?.reason).toBe(
      'Drifted: ConfigMap/app was deleted. It is put back by itself once auto-sync goes on, or with sync.',
    )
  })

  test('after a sync is what it says, until somebody has looked', () => {
    const events = [...play([created(), ...sync('s1')], found([edited])), ...sync('s2')]
    expect(statusOf(events)).toMatchObject({ status: 'synced', drift: null })
  })

  test('of a heal that waits says what it waits for', () => {
    const held: WorkflowEvent = { type: 'SyncHeld', data: { sync_id: 'h1', gate: 'window', message: 'it is night' } }
    const events = play([healing, ...sync('s1')], found([deleted]), requestHeal('h1', plan, look()), () => [held])
    expect(statusOf(events)).toMatchObject({
      status: 'degraded',
      reason: 'Drifted: ConfigMap/app was deleted. It is put back. A sync waits: it is night.',
    })
  })
})

describe('health after the sync', () => {
  const synced = [created(), ...sync('s1')]
  const down = { ...web, status: 'Degraded', message: '0 of 1 replicas are available' }
  const fares = (objects: readonly (typeof down)[], ms = 0) => observeHealth({ inventory, objects }, at(ms))

  test('is told once, and once more when all is well', () => {
    const events = play(synced, fares([down]))
    expect(statusOf(events)).toMatchObject({
      status: 'degraded',
      reason: 'Not healthy any more: Deployment/web: 0 of 1 replicas are available.',
    })
    const again = given(workflowDecider, ...events)
    expect(again.when(fares([{ ...down, message: '0 of 2 replicas are available' }]))).toEqual([])
    expect(again.when(fares([down, { ...app, status: 'Degraded', message: '' }]))).toMatchObject([
      { data: { total: 2 } },
    ])
    const well = play(events, fares([], 9_000))
    expect(last(well)).toMatchObject({ type: 'HealthObserved', data: { healthy: true, total: 0 } })
    expect(statusOf(well)?.status).toBe('synced')
    expect(given(workflowDecider, ...well).when(fares([]))).toEqual([])
  })

  test('outlives what a sync said when it ended, and a heal', () => {
    const unwell = [...synced.slice(0, -1), succeeded('s1', false)]
    expect(statusOf(unwell)?.status).toBe('degraded')
    expect(statusOf(play(unwell, fares([])))?.status).toBe('synced')
    const healed = play(
      [healing, ...sync('s1')],
      fares([down]),
      found([edited]),
      requestHeal('h1', plan, look()),
      () => [started('h1'), succeeded('h1')],
    )
    expect(stateOf(healed).unhealthy?.total).toBe(1)
  })

  test('is nothing where it is not to be checked', () => {
    const unchecked = created({ sync_policy: { health_check: { enabled: false } } })
    expect(given(workflowDecider, unchecked, ...sync('s1')).when(fares([down]))).toEqual([])
  })
})
