import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import type { FailureStage } from '../sync-result.ts'
import { evolveWorkflow } from './evolve-workflow.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { HookPhase } from '../../hooks/hook.ts'
import { runningHooksText } from './hook-state.ts'
import { runsHooks } from '../decisions/runs-hooks.ts'
import { nextWriting } from '../decisions/decisions.ts'
import { endSync, rollbackTarget } from '../decisions/rollback-decisions.ts'
import { initialWorkflow } from './state.ts'

const begun = (hook: string, id = 'sync-2', phase: HookPhase = 'PreSync'): WorkflowEvent => ({
  type: 'HookStarted',
  data: { sync_id: id, phase, hook },
})
const ended = (hook: string, ok = true, id = 'sync-2', phase: HookPhase = 'PreSync'): WorkflowEvent => ({
  type: 'HookFinished',
  data: { ...sample.HookFinished.data, sync_id: id, phase, hook, ok },
})
const failed = (stage: FailureStage): WorkflowEvent => ({
  ...sample.SyncFailed,
  data: { ...sample.SyncFailed.data, stage },
})
const after = (...events: readonly WorkflowEvent[]) => events.reduce(evolveWorkflow, initialWorkflow)
const { WorkflowCreated, SyncRequested, PlanMade, SyncStarted, WaveApplied, SyncSucceeded } = sample
const running: readonly WorkflowEvent[] = [WorkflowCreated, SyncRequested, PlanMade, SyncStarted]

test('an open sync knows which of its hooks run and how the others ended', () => {
  const { sync } = after(...running, begun('Job/a'), begun('Job/b'), ended('Job/a', false))
  expect(sync?.hooks).toEqual([
    { phase: 'PreSync', hook: 'Job/b', ended: null },
    { phase: 'PreSync', hook: 'Job/a', ended: { ok: false, message: 'completed', outside: false } },
  ])
  expect(after(...running, begun('Job/a', 'sync-9')).sync?.hooks).toEqual([])
  const again: WorkflowEvent = { ...SyncRequested, data: { ...SyncRequested.data, sync_id: 'sync-3' } }
  expect(after(...running, begun('Job/a'), SyncSucceeded, again).sync?.hooks).toEqual([])
})

test('of a hook that failed by the cluster it is known that the commit is not to blame', () => {
  const { data } = sample.HookFinished
  const event: WorkflowEvent = { type: 'HookFinished', data: { ...data, ok: false, outside: true } }
  expect(after(...running, event).sync?.hooks.map((hook) => hook.ended?.outside)).toEqual([true])
})

test('one name in two phases is two hooks', () => {
  const { sync } = after(...running, ended('Job/a'), begun('Job/a', 'sync-2', 'PostSync'))
  expect(sync?.hooks.map((hook) => hook.ended === null)).toEqual([false, true])
})

test('a rollback has hooks of its own', () => {
  const asked = { ...sample.RollbackRequested, data: { ...sample.RollbackRequested.data, rollback_id: 'r' } }
  const { rollback } = after(
    WorkflowCreated,
    SyncRequested,
    PlanMade,
    SyncStarted,
    failed('apply'),
    asked,
    begun('Job/a', 'r'),
  )
  expect(rollback?.hooks).toEqual([{ phase: 'PreSync', hook: 'Job/a', ended: null }])
})

test.each([
  [[], undefined],
  [[ended('Job/a')], undefined],
  [[begun('Job/a')], 'hook PreSync Job/a is running'],
  [[begun('Job/a'), begun('Job/b')], 'hook PreSync Job/a and 1 other are running'],
  [[begun('Job/a'), begun('Job/b'), begun('Job/c'), ended('Job/b')], 'hook PreSync Job/a and 1 other are running'],
])('%#: what is awaited is told', (events, text) => {
  expect(runningHooksText(after(...running, ...events).sync?.hooks ?? [])).toBe(text)
})

test.each<[FailureStage, boolean]>([
  ['hook', true],
  ['apply', true],
  ['prune', true],
  ['health', true],
  ['cancelled', true],
  ['plan', false],
  ['render', false],
  ['approval', false],
])('after a failure at %s, a sync that changes nothing runs its hooks: %s', (stage, runs) => {
  const workflow = after(...running, failed(stage))
  expect(runsHooks(workflow, 0)).toBe(runs)
  expect(runsHooks(workflow, 1)).toBe(true)
})

test('after a sync that succeeded, or was rolled back, nothing that changes nothing runs a hook', () => {
  expect(runsHooks(after(WorkflowCreated), 0)).toBe(false)
  expect(runsHooks(after(...running, SyncSucceeded), 0)).toBe(false)
  const undone = { ...sample.RollbackSucceeded, data: { ...sample.RollbackSucceeded.data, rollback_id: 'rollback-1' } }
  expect(runsHooks(after(...running, failed('hook'), sample.RollbackRequested, undone), 0)).toBe(false)
})

test('a sync that ran a hook and wrote nothing is what a rollback undoes, and not the one before it', () => {
  const { WorkflowCreated: created } = sample
  const config = { ...created, data: { ...created.data, rollback_on_failure: true } }
  const second = (event: WorkflowEvent): WorkflowEvent =>
    ({ ...event, data: { ...event.data, sync_id: 'sync-3' } }) as WorkflowEvent
  const wroteNothing = second({ ...WaveApplied, data: { ...WaveApplied.data, applied: 0 } })
  const before = after(config, SyncRequested, PlanMade, SyncStarted, WaveApplied, SyncSucceeded)
  const open = [
    second(SyncRequested),
    second(PlanMade),
    second(SyncStarted),
    begun('Job/a', 'sync-3'),
    ended('Job/a', false, 'sync-3'),
  ]
  const workflow = open.reduce(evolveWorkflow, before)
  const events = endSync('sync-3', [wroteNothing, second(failed('hook'))], { rejects: true })(workflow)
  expect(events.at(-1)).toMatchObject({ type: 'RollbackRequested', data: { undo_from: 'sync-3', rejects: true } })
  const ending = events.reduce(evolveWorkflow, workflow)
  expect(nextWriting(ending)).toMatchObject({ action: 'roll-back' })
  expect(rollbackTarget(ending)).toMatchObject({ undo_from: 'sync-3', revision: SyncSucceeded.data.revision })
})
