import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowDecider } from '../../deciders.ts'
import { given } from '../../testing.ts'
import { workflowConfig } from '../settings/config.ts'
import type { WorkflowConfig } from '../settings/config.ts'
import type { FailureMode } from '../settings/sync-policy.ts'
import { nextPlanning, nextWriting } from './decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { FailureStage } from '../sync-result.ts'
import {
  endSync,
  previewRollback,
  reinstateRevision,
  rejectionOf,
  requestRollback,
  rollsBackOn,
  stallRollback,
  syncsItself,
} from './rollback-decisions.ts'
import type { Workflow } from '../state/state.ts'
import { supersede } from './supersede.ts'

const { sync_policy: policy } = sample.WorkflowCreated.data
const config: WorkflowConfig = {
  ...sample.WorkflowCreated.data,
  auto_sync: true,
  rollback_on_failure: true,
  sync_policy: { ...policy, rollback_limit: 2, health_check: { ...policy.health_check, failure_mode: null } },
}
const created: WorkflowEvent = { type: 'WorkflowCreated', data: config }
const revisions = { good: 'cafe'.padEnd(40, '0'), bad: 'bad'.padEnd(40, '0'), next: 'fee'.padEnd(40, '0') }
type Name = keyof typeof revisions

const asked = (id: Name, trigger: 'manual' | 'auto' = 'auto'): WorkflowEvent => ({
  type: 'SyncRequested',
  data: { ...sample.SyncRequested.data, sync_id: id, trigger, revision: revisions[id] },
})
const planned = (id: Name, syncId: string | null = id): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, revision: revisions[id], tree: id, objects: `set:${id}`, sync_id: syncId },
})
const started = (id: Name): WorkflowEvent => ({
  type: 'SyncStarted',
  data: { ...sample.SyncStarted.data, sync_id: id, revision: revisions[id] },
})
const wave = (id: Name, applied = 3): WorkflowEvent => ({
  type: 'WaveApplied',
  data: { sync_id: id, wave: 0, applied, failed: 0, rebased: null },
})
const succeeded = (id: Name): WorkflowEvent => ({
  type: 'SyncSucceeded',
  data: { ...sample.SyncSucceeded.data, sync_id: id, revision: revisions[id], tree: id },
})
const failed = (id: Name, stage: FailureStage = 'health'): WorkflowEvent => ({
  type: 'SyncFailed',
  data: { ...sample.SyncFailed.data, sync_id: id, revision: revisions[id], stage, message: 'web is not ready' },
})
const request = (id: string, of: Name, trigger: 'manual' | 'auto', back: Name | null): WorkflowEvent => ({
  type: 'RollbackRequested',
  data: {
    rollback_id: id,
    undo_from: of,
    revision: back === null ? null : revisions[back],
    trigger,
    reason: trigger === 'auto' ? 'web is not ready' : 'it is slow',
    force: false,
    rejects: true,
  },
})
const began = (id: string): WorkflowEvent => ({
  type: 'RollbackStarted',
  data: { ...sample.RollbackStarted.data, rollback_id: id },
})
const rejected = (of: Name): WorkflowEvent => ({
  type: 'RevisionRejected',
  data: { rollback_id: 'r', revision: revisions[of], objects: `set:${of}`, reason: 'web is not ready' },
})
const rolledBack = (id: string, back: Name): WorkflowEvent => ({
  type: 'RollbackSucceeded',
  data: { ...sample.RollbackSucceeded.data, rollback_id: id, revision: revisions[back], tree: back },
})
const notRolledBack = (id: string): WorkflowEvent => ({
  type: 'RollbackFailed',
  data: { ...sample.RollbackFailed.data, rollback_id: id },
})
const superseded = supersede

const synced = (id: Name) => [asked(id), planned(id), started(id), wave(id), succeeded(id)]
const running = (id: Name) => [asked(id), planned(id), started(id)]
const broken = (id: Name) => [...running(id), wave(id), failed(id)]
/** The good one, then a bad one that was rolled back by itself. */
const undone = (id: Name = 'bad') => [
  ...broken(id),
  request('r', id, 'auto', 'good'),
  began('r'),
  rejected(id),
  rolledBack('r', 'good'),
]
const good = [created, ...synced('good')]
const ask = requestRollback({ id: 'r', reason: 'it is slow', force: false })

type Row = readonly [
  string,
  readonly WorkflowEvent[],
  (workflow: Workflow) => readonly WorkflowEvent[],
  readonly WorkflowEvent[],
]

test.each<Row>([
  ['the newest sync is undone', [...good, ...synced('bad')], ask, [request('r', 'bad', 'manual', 'good')]],
  ['the first sync is undone', good, ask, [request('r', 'good', 'manual', null)]],
  ['a sync that failed is undone', [...good, ...broken('bad')], ask, [request('r', 'bad', 'manual', 'good')]],
  [
    'the sync that writes is undone when it has ended',
    [...good, ...running('bad')],
    ask,
    [request('r', 'bad', 'manual', 'good')],
  ],
  [
    'a sync that changed nothing is no target',
    [...good, ...synced('bad'), ...running('next'), wave('next', 0), succeeded('next')],
    ask,
    [request('r', 'bad', 'manual', 'good')],
  ],
  [
    'what waits is superseded',
    [...good, ...synced('bad'), asked('next')],
    ask,
    [superseded('next', 'r'), request('r', 'bad', 'manual', 'good')],
  ],
  [
    'what follows the sync that writes is superseded',
    [...good, ...running('bad'), asked('next')],
    ask,
    [superseded('next', 'r'), request('r', 'bad', 'manual', 'good')],
  ],
  [
    'syncs that failed one after the other are undone together',
    [...good, ...broken('bad'), ...broken('next')],
    ask,
    [request('r', 'bad', 'manual', 'good')],
  ],
  ['before the first sync there is nothing to undo', [created], ask, []],
  ['a sync that never began is no target', [created, asked('good'), planned('good'), failed('good', 'plan')], ask, []],
  ['of what is deleted nothing is undone', [...good, sample.WorkflowDeleted], ask, []],
  ['one that is asked for stands', [...good, request('a', 'good', 'manual', null)], ask, []],
  ['one that writes stands', [...good, request('a', 'good', 'manual', null), began('a')], ask, []],
  [
    'after an automatic rollback nothing is left to undo',
    [...good, ...undone()],
    requestRollback({ id: 'x', reason: '', force: false }),
    [],
  ],
  [
    'a rollback is never a target itself',
    [...good, ...synced('bad'), request('a', 'bad', 'manual', 'good'), began('a'), rolledBack('a', 'good')],
    ask,
    [],
  ],
  [
    'a rollback that failed is tried again',
    [...good, ...synced('bad'), request('a', 'bad', 'manual', 'good'), began('a'), notRolledBack('a')],
    ask,
    [request('r', 'bad', 'manual', 'good')],
  ],
  [
    'the sync after a rollback is a target again',
    [...good, ...undone(), ...synced('next')],
    requestRollback({ id: 'x', reason: 'it is slow', force: false }),
    [{ ...request('x', 'next', 'manual', 'good') }],
  ],
  [
    'a point further back is gone to',
    [...good, ...undone()],
    requestRollback({ id: 'x', reason: 'it is slow', force: false, target: { undo_from: 'good', revision: null } }),
    [request('x', 'good', 'manual', null)],
  ],
  [
    'a preview is asked for',
    [...good, ...synced('bad')],
    previewRollback({ id: 'p', force: false }),
    [
      {
        type: 'RollbackPlanRequested',
        data: { rollback_id: 'p', undo_from: 'bad', revision: revisions.good, force: false },
      },
    ],
  ],
  ['of nothing there is no preview', [...good, ...undone()], previewRollback({ id: 'p', force: false }), []],
  [
    'a rollback says why it is held up',
    [...good, request('a', 'good', 'manual', null)],
    stallRollback('a', 'no answer'),
    [{ type: 'RollbackStalled', data: { rollback_id: 'a', message: 'no answer' } }],
  ],
  ['what is over is not held up', [...good, ...undone()], stallRollback('r', 'no answer'), []],
  [
    'what is rejected is reinstated',
    [...good, ...undone()],
    reinstateRevision,
    [{ type: 'RevisionReinstated', data: { revisions: [revisions.bad] } }],
  ],
  ['what is not rejected is not reinstated', good, reinstateRevision, []],
  [
    'it is reinstated once',
    [...good, ...undone(), { type: 'RevisionReinstated', data: { revisions: [revisions.bad] } }],
    reinstateRevision,
    [],
  ],
])('%s', (_title, events, decide, recorded) => {
  expect(given(workflowDecider, ...events).when(decide)).toEqual(recorded)
})

const ends = [wave('bad'), failed('bad')]

test.each<Row>([
  [
    'a failure is rolled back by policy',
    [...good, ...running('bad')],
    endSync('bad', ends, { rejects: true }),
    [...ends, request('rollback-of-bad', 'bad', 'auto', 'good')],
  ],
  [
    'a failure outside the commit rejects nothing',
    [...good, ...running('bad')],
    endSync('bad', ends, { rejects: false }),
    [
      ...ends,
      {
        type: 'RollbackRequested',
        data: { ...(request('rollback-of-bad', 'bad', 'auto', 'good').data as object), rejects: false },
      } as WorkflowEvent,
    ],
  ],
  [
    'one that a person asked for meanwhile is enough',
    [...good, ...running('bad'), request('a', 'bad', 'manual', 'good')],
    endSync('bad', ends, { rejects: true }),
    ends,
  ],
  [
    'a further try that finds nothing to write undoes the first',
    [...good, ...broken('bad'), ...running('next')],
    endSync('next', [wave('next', 0), failed('next')], { rejects: true }),
    [wave('next', 0), failed('next'), request('rollback-of-next', 'bad', 'auto', 'good')],
  ],
  [
    'where nothing was written nothing is undone',
    [created, ...running('bad')],
    endSync('bad', [wave('bad', 0), failed('bad')], { rejects: true }),
    [wave('bad', 0), failed('bad')],
  ],
  [
    'a success asks for nothing',
    [...good, ...running('bad')],
    endSync('bad', [wave('bad'), succeeded('bad')], { rejects: false }),
    [wave('bad'), succeeded('bad')],
  ],
  [
    'without the policy a failure stays',
    [{ type: 'WorkflowCreated', data: { ...config, rollback_on_failure: false } }, ...running('bad')],
    endSync('bad', ends, { rejects: true }),
    ends,
  ],
  [
    'the end of another sync is not recorded',
    [...good, ...running('bad')],
    endSync('next', ends, { rejects: true }),
    [],
  ],
])('at the end of a sync: %s', (_title, events, decide, recorded) => {
  expect(given(workflowDecider, ...events).when(decide)).toEqual(recorded)
})

// failure_mode, rollback_on_failure: whether a failure of health, and one of apply, prune or a hook, is rolled back.
test.each<[FailureMode | null, boolean, health: boolean, other: boolean]>([
  [null, false, false, false],
  [null, true, true, true],
  ['ignore', false, false, false],
  ['ignore', true, false, true],
  ['fail', false, false, false],
  ['fail', true, false, true],
  ['rollback', false, true, false],
  ['rollback', true, true, true],
])(
  'with failure_mode %s and rollback_on_failure %s: health %s, apply and prune %s',
  (failure_mode, rolls, health, other) => {
    const checked = workflowConfig({
      repository: 'shop-repo',
      rollback_on_failure: rolls,
      sync_policy: { health_check: { failure_mode } },
    })
    if (!checked.ok) throw new Error('the configuration of a test must be sound')
    expect(rollsBackOn('health', checked.value)).toBe(health)
    for (const stage of ['apply', 'prune'] as const) expect(rollsBackOn(stage, checked.value)).toBe(other)
    for (const stage of ['source', 'render', 'plan'] as const) expect(rollsBackOn(stage, checked.value)).toBe(false)
  },
)

test.each<[string, readonly WorkflowEvent[], 'wait' | 'plan' | 'none' | 'request-sync']>([
  [
    'while a rollback is asked for, nothing is planned',
    [...good, ...synced('bad'), request('r', 'bad', 'manual', 'good')],
    'wait',
  ],
  ['after it the newest tree is planned anew', [...good, ...undone()], 'plan'],
  ['a rejected set is shown and not synced', [...good, ...undone(), planned('bad', null)], 'none'],
  ['a different set is synced', [...good, ...undone(), planned('next', null)], 'request-sync'],
  [
    'a reinstated set is synced',
    [...good, ...undone(), planned('bad', null), { type: 'RevisionReinstated', data: { revisions: [] } }],
    'request-sync',
  ],
  [
    'after a failed rollback the newest tree is planned anew',
    [...good, ...broken('bad'), request('r', 'bad', 'auto', 'good'), began('r'), notRolledBack('r')],
    'plan',
  ],
])('%s', (_title, events, action) => {
  const { state } = given(workflowDecider, ...events)
  const head = { revision: '', tree: '', message: '', author: '', committed_at: '' }
  expect(nextPlanning(state, { head, tree: state.plan?.tree ?? 'bad' }, true).action).toBe(action)
})

test.each<[string, readonly WorkflowEvent[], string]>([
  [
    'a sync that writes comes to its end first',
    [...good, ...running('bad'), request('r', 'bad', 'manual', 'good')],
    'sync',
  ],
  [
    'then the rollback comes before the next sync',
    [...good, ...broken('bad'), request('r', 'bad', 'manual', 'good'), asked('next'), planned('next')],
    'roll-back',
  ],
  [
    'a preview comes before a planned sync',
    [
      ...good,
      { type: 'RollbackPlanRequested', data: { rollback_id: 'p', undo_from: 'good', revision: null, force: false } },
      asked('next'),
      planned('next'),
    ],
    'preview-rollback',
  ],
  ['what is deleted is released', [...good, request('r', 'good', 'manual', null), sample.WorkflowDeleted], 'release'],
])('%s', (_title, events, action) => {
  expect(nextWriting(given(workflowDecider, ...events).state).action).toBe(action)
})

test('a plan that was made before a rollback is void', () => {
  const { state } = given(
    workflowDecider,
    ...good,
    ...broken('bad'),
    asked('next'),
    planned('next'),
    request('r', 'bad', 'manual', 'good'),
    began('r'),
  )
  expect([state.plan, state.sync?.plan]).toEqual([null, null])
})

test('what is rejected is known by its objects, and lifted by the sync of another set', () => {
  const { state } = given(workflowDecider, ...good, ...undone())
  expect(rejectionOf(state, { objects: 'set:bad' })?.revision).toBe(revisions.bad)
  expect(rejectionOf(state, { objects: 'set:next' })).toBeUndefined()
  expect(rejectionOf(state, { objects: '' })).toBeUndefined()
  expect(given(workflowDecider, ...good, ...undone(), ...synced('next')).state.rejected).toEqual([])
})

test('after two automatic rollbacks in a row auto-sync waits for a person', () => {
  const twice = [...good, ...undone('bad'), ...undone('next')]
  const itself = (...more: readonly WorkflowEvent[]) =>
    syncsItself(given(workflowDecider, ...twice, ...more).state, true)
  expect(syncsItself(given(workflowDecider, ...good, ...undone('bad')).state, true)).toBe(true)
  expect(itself()).toBe(false)
  expect(itself({ type: 'RevisionReinstated', data: { revisions: [] } })).toBe(true)
  expect(itself(asked('good', 'manual'))).toBe(true)
  expect(itself(...synced('good'))).toBe(true)
})

test('a rollback that fails asks for no other: there is no circle', () => {
  const events = [...good, ...broken('bad'), request('r', 'bad', 'auto', 'good'), began('r'), notRolledBack('r')]
  const { state } = given(workflowDecider, ...events)
  expect(state.rollback).toBeNull()
  expect(nextWriting(state).action).toBe('none')
})

test('a rollback ends further tries, those to come and those that wait', () => {
  const retry = { sync_id: 'bad', next_sync_id: 'bad-2', failures: 1, since: '', at: '' }
  const scheduled: WorkflowEvent = { type: 'RetryScheduled', data: { ...sample.RetryScheduled.data, ...retry } }
  const schedule = () => scheduled as Extract<WorkflowEvent, { readonly type: 'RetryScheduled' }>
  const failing = [...good, ...running('bad')]
  expect(given(workflowDecider, ...failing).when(endSync('bad', ends, { rejects: true, retry: schedule }))[0]).toBe(
    scheduled,
  )
  const askedFor = [...failing, request('r', 'bad', 'manual', 'good')]
  expect(given(workflowDecider, ...askedFor).when(endSync('bad', ends, { rejects: true, retry: schedule }))).toEqual(
    ends,
  )
  const waiting = given(workflowDecider, ...failing, scheduled, ...ends).state
  expect([waiting.retry?.next_sync_id, nextWriting(waiting).action]).toEqual(['bad-2', 'retry'])
  expect(workflowDecider.evolve(waiting, request('r', 'bad', 'manual', 'good')).retry).toBeNull()
})
