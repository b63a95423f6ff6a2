import { expect, test } from 'vitest'
import { asStored } from '../../../test/as-stored.ts'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowDecider } from '../../deciders.ts'
import { given } from '../../testing.ts'
import {
  createWorkflow,
  deleteWorkflow,
  nextPlanning,
  nextWriting,
  requestPlan,
  requestSync,
  stallSync,
  watchedBy,
  withdrawSync,
} from './decisions.ts'
import type { Planning, Writing } from './decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { Workflow } from '../state/state.ts'
import { supersede } from './supersede.ts'

const { WorkflowCreated: created, WorkflowReleased: released } = sample
const config = created.data
const manual = { ...config, auto_sync: false }
const changed: WorkflowEvent = { type: 'WorkflowChanged', data: manual }
const deleted: WorkflowEvent = { type: 'WorkflowDeleted', data: { cascade: false, prune_kept: false } }
const revision = sample.PlanMade.data.revision
const tree = sample.PlanMade.data.tree
const revision2 = 'beef'.padEnd(40, '0')
const tree2 = '8ee'.padEnd(40, '0')

const preview = (of: string | null = null): WorkflowEvent => ({ type: 'PlanRequested', data: { revision: of } })
const planned = (sync_id: string | null, to: { revision?: string; tree?: string } = {}): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, ...to, sync_id },
})
const read = (paths: readonly string[]): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, paths, sync_id: null },
})
const faulty = (sync_id: string | null, to: { revision?: string; tree?: string | null } = {}): WorkflowEvent => ({
  type: 'PlanFailed',
  data: { ...sample.PlanFailed.data, ...to, sync_id },
})
const asked = (sync_id: string, of: string | null = revision): WorkflowEvent => ({
  type: 'SyncRequested',
  data: { sync_id, trigger: 'auto', revision: of, plan: null, by: null, prune_kept: false },
})
const started = (sync_id: string): WorkflowEvent => ({
  type: 'SyncStarted',
  data: { ...sample.SyncStarted.data, sync_id },
})
const succeeded = (sync_id: string): WorkflowEvent => ({
  type: 'SyncSucceeded',
  data: { ...sample.SyncSucceeded.data, sync_id },
})
const failed = (sync_id: string): WorkflowEvent => ({
  type: 'SyncFailed',
  data: { ...sample.SyncFailed.data, sync_id },
})
const superseded = (sync_id: string, by: string) => supersede(sync_id, by)
const stalled = (sync_id: string, message: string): WorkflowEvent => ({
  type: 'SyncStalled',
  data: { sync_id, message },
})
const running = [created, asked('a'), planned('a'), started('a')]
const synced = [...running, succeeded('a')]

test.each<
  [string, readonly WorkflowEvent[], (workflow: Workflow) => readonly WorkflowEvent[], readonly WorkflowEvent[]]
>([
  ['a new workflow is created', [], createWorkflow(config), [created]],
  ['the same values record nothing', [created], createWorkflow(config), []],
  ['the same values record nothing after a sync', synced, createWorkflow(config), []],
  ['other values are a change', [created], createWorkflow(manual), [changed]],
  ['values that are set back are a change', [created, changed], createWorkflow(config), [{ ...changed, data: config }]],
  ['a workflow that is being released is created anew', [created, deleted], createWorkflow(config), [created]],
  ['a released workflow is created anew', [created, deleted, released], createWorkflow(config), [created]],
  ['a workflow is deleted', [created], deleteWorkflow(false), [deleted]],
  ['a workflow is deleted with its objects', [created], deleteWorkflow(true, true), [sample.WorkflowDeleted]],
  ['what is deleted is not deleted again', [created, deleted], deleteWorkflow(true), []],
  ['what never was is not deleted', [], deleteWorkflow(false), []],
  ['a preview is asked for', [created], requestPlan(null), [preview()]],
  ['a preview of a revision is asked for', [created], requestPlan(revision), [preview(revision)]],
  ['each preview is answered: it is asked for again', [created, preview()], requestPlan(null), [preview()]],
  ['what is deleted is not previewed', [created, deleted], requestPlan(null), []],
  ['a sync is asked for', [created], requestSync('a', 'auto', revision), [asked('a')]],
  ['what is deleted is not synced', [created, deleted], requestSync('a', 'auto', revision), []],
  ['the same sync is asked for once', [created, asked('a')], requestSync('a', 'auto', revision), []],
  ['a sync that is over is not asked for again', synced, requestSync('a', 'auto', revision), []],
  [
    'a sync that waits for its plan is superseded',
    [created, asked('a')],
    requestSync('b', 'auto', revision),
    [superseded('a', 'b'), asked('b')],
  ],
  [
    'a sync that is planned and not started is superseded',
    [created, asked('a'), planned('a')],
    requestSync('b', 'auto', revision),
    [superseded('a', 'b'), asked('b')],
  ],
  ['a sync that writes is followed', running, requestSync('b', 'auto', revision), [asked('b')]],
  ['the same follower is asked for once', [...running, asked('b')], requestSync('b', 'auto', revision), []],
  [
    'the newest follower stays',
    [...running, asked('b')],
    requestSync('c', 'auto', revision),
    [superseded('b', 'c'), asked('c')],
  ],
  [
    'a sync that waits is withdrawn',
    [created, asked('a'), planned('a')],
    withdrawSync('a', 'stop_auto_sync'),
    [superseded('a', 'stop_auto_sync')],
  ],
  ['a sync that writes is not withdrawn', running, withdrawSync('a', 'stop_auto_sync'), []],
  ['a sync that is over is not withdrawn', synced, withdrawSync('a', 'stop_auto_sync'), []],
  ['another sync is not withdrawn', [created, asked('a')], withdrawSync('b', 'stop_auto_sync'), []],
  ['a sync says why it is held up', running, stallSync('a', 'no answer'), [stalled('a', 'no answer')]],
  ['it says so once', [...running, stalled('a', 'no answer')], stallSync('a', 'no answer'), []],
  [
    'a number in it that differs is no news',
    [...running, stalled('a', 'no answer within 29998 ms')],
    stallSync('a', 'no answer within 30000 ms'),
    [],
  ],
  [
    'it says another reason',
    [...running, stalled('a', 'no answer')],
    stallSync('a', 'refused'),
    [stalled('a', 'refused')],
  ],
  ['a sync that is over is not held up', synced, stallSync('a', 'no answer'), []],
])('%s', (_title, events, decide, recorded) => {
  expect(given(workflowDecider, ...events).when(decide)).toEqual(recorded)
})

test('a configuration that the log gives back in its own order of keys is the same configuration', () => {
  expect(given(workflowDecider, asStored(created)).when(createWorkflow(config))).toEqual([])
})

const plan = (of: string | null, syncId: string | null = null): Planning => ({ action: 'plan', revision: of, syncId })
const none: Planning = { action: 'none' }
const wait: Planning = { action: 'wait' }
const requests: Planning = { action: 'request-sync' }

test.each<[string, readonly WorkflowEvent[], readonly string[]]>([
  ['nothing, of what does not exist', [], []],
  ['the target path before the first plan', [created], [config.target_path]],
  ['what the plan read', [created, planned(null)], sample.PlanMade.data.paths],
  ['the target path after a plan of an older version', [created, read([])], [config.target_path]],
  [
    'what was found faulty, rather than the plan before',
    [created, read(['a']), faulty(null)],
    sample.PlanFailed.data.paths,
  ],
  ['what was applied, when no plan stands', synced, sample.SyncSucceeded.data.paths],
  ['the target path of a changed workflow', [...synced, changed], [manual.target_path]],
])('a new commit matters when it changes %s', (_title, events, paths) => {
  expect(watchedBy(given(workflowDecider, ...events).state)).toEqual(paths)
})

type NextPlanningRow = readonly [
  title: string,
  events: readonly WorkflowEvent[],
  newest: string | null | undefined,
  autoSync: boolean,
  planning: Planning,
]

/** `newest` is the tree at the target path: null when the path is missing, undefined when no commit is known. */
test.each<NextPlanningRow>([
  ['nothing is planned for what does not exist', [], tree, true, none],
  ['nothing is planned for what is deleted', [created, preview(), deleted], tree, true, none],
  ['nothing is planned before a commit is known', [created], undefined, true, none],
  ['a preview is answered even then', [created, preview()], undefined, true, plan(null)],
  ['the first tree is planned', [created], tree, false, plan(null)],
  ['a missing path is planned, which says so', [created], null, false, plan(null)],
  ['a tree is planned once', [created, planned(null)], tree, false, none],
  ['a new tree is planned', [created, planned(null)], tree2, false, plan(null)],
  ['a tree that cannot be planned is tried once', [created, faulty(null)], tree, true, none],
  ['a missing path is tried once', [created, faulty(null, { tree: null })], null, true, none],
  [
    'a plan is not carried out when the newest tree is faulty',
    [created, planned(null), faulty(null, { tree: tree2 })],
    tree2,
    true,
    none,
  ],
  ['a new tree after a faulty one is planned', [created, faulty(null)], tree2, true, plan(null)],
  ['an applied tree is not planned again', synced, tree, true, none],
  ['a new tree after an applied one is planned', synced, tree2, true, plan(null)],
  ['a preview of an applied tree is planned', [...synced, preview()], tree, true, plan(null)],
  ['a preview of a revision is planned', [...synced, preview(revision)], tree, true, plan(revision)],
  ['a preview is answered once', [...synced, preview(), planned(null)], tree, true, none],
  ['a preview that failed is answered', [created, preview(), faulty(null)], tree, false, none],
  ['a requested sync is planned', [created, planned(null), asked('a')], tree, true, plan(revision, 'a')],
  ['a requested sync of the newest is planned', [created, asked('a', null)], tree, true, plan(null, 'a')],
  ['a planned sync waits for the syncer', [created, asked('a'), planned('a')], tree, true, wait],
  ['the end of a sync is waited for', running, tree, true, wait],
  [
    'what is newer is planned meanwhile',
    running,
    tree2,
    true,
    { action: 'plan', revision: null, syncId: null, isShown: true },
  ],
  ['and waits for the end of the sync without auto-sync', running, tree2, false, wait],
  ['a preview does not wait for a sync that writes', [...running, preview()], tree, true, plan(null)],
  ['a follower is planned after the sync', [...running, asked('b'), succeeded('a')], tree, true, plan(revision, 'b')],
  ['a plan is followed by a sync with auto-sync', [created, planned(null)], tree, true, requests],
  ['not if the workflow is synced by hand', [{ ...created, data: manual }, planned(null)], tree, true, none],
  ['a failed sync is not tried again by itself', [...running, failed('a')], tree, true, none],
  ['a new tree after a failed sync is planned', [...running, failed('a')], tree2, true, plan(null)],
  ['a plan that failed to become a sync stays', [created, asked('a'), planned('a'), failed('a')], tree, true, none],
  [
    'a withdrawn sync is asked for when auto-sync is on again',
    [created, asked('a'), planned('a'), superseded('a', 'stop_auto_sync')],
    tree,
    true,
    requests,
  ],
  ['a changed workflow is planned anew', [created, planned(null), changed], tree, false, plan(null)],
  ['a changed workflow is planned anew, also when the tree is applied', [...synced, changed], tree, false, plan(null)],
  ['a changed workflow is planned once', [...synced, changed, planned(null)], tree, false, none],
  [
    'a changed workflow is synced again, also when a preview was first',
    [...synced, changed, { ...changed, data: config }, preview(), planned(null)],
    tree,
    true,
    requests,
  ],
  ['a changed workflow that cannot be planned is tried once', [...synced, changed, faulty(null)], tree, false, none],
  [
    'a changed workflow has its waiting sync planned anew',
    [created, asked('a'), planned('a'), changed],
    tree,
    true,
    plan(revision, 'a'),
  ],
  ['a change during a sync is planned after it', [...running, changed, succeeded('a')], tree, false, plan(null)],
  [
    'a change during a sync is planned after it, also when a preview was',
    [...running, changed, preview(), planned(null), succeeded('a')],
    tree,
    false,
    plan(null),
  ],
])('%s', (_title, events, newest, autoSync, planning) => {
  const head = { revision: revision2, tree: tree2, message: '', author: '', committed_at: '2026-11-23T06:30:00Z' }
  const { state } = given(workflowDecider, ...events)
  expect(nextPlanning(state, newest === undefined ? null : { head, tree: newest }, autoSync)).toEqual(planning)
})

test.each<[string, readonly WorkflowEvent[], Writing['action']]>([
  ['nothing is written for what does not exist', [], 'none'],
  ['nothing is written for a preview', [created, preview(), planned(null)], 'none'],
  ['a sync without a plan waits', [created, asked('a')], 'none'],
  ['a planned sync is carried out', [created, asked('a'), planned('a')], 'sync'],
  ['a sync that was begun goes on, whoever began it', running, 'sync'],
  ['a plan for another sync carries out nothing', [created, asked('a'), planned('b')], 'none'],
  ['a preview during a sync does not stop it', [...running, preview(), planned(null)], 'sync'],
  ['a sync that is over is not carried out again', synced, 'none'],
  ['a follower waits for its plan', [...running, asked('b'), succeeded('a')], 'none'],
  ['a superseded sync is not carried out', [created, asked('a'), planned('a'), superseded('a', 'b')], 'none'],
  ['a plan of the configuration before is not carried out', [created, asked('a'), planned('a'), changed], 'none'],
  ['a change does not stop a sync that writes', [...running, changed], 'sync'],
  ['what is deleted is released', [created, deleted], 'release'],
  ['what is deleted is released although a sync waits', [created, asked('a'), planned('a'), deleted], 'release'],
  ['what is deleted is released although a sync was begun', [...running, deleted], 'release'],
  ['what is released is done', [created, deleted, released], 'none'],
  ['what is created anew is not released', [created, deleted, created], 'none'],
])('%s', (_title, events, action) => {
  expect(nextWriting(given(workflowDecider, ...events).state).action).toBe(action)
})

test('what has begun goes on with the configuration that it began with, whoever takes it up', () => {
  const configOf = (...events: readonly WorkflowEvent[]) => {
    const writing = nextWriting(given(workflowDecider, ...events).state)
    return [writing.action, 'config' in writing && writing.config]
  }
  expect(configOf(...running, changed)).toEqual(['sync', config])
  expect(configOf(...running, changed, sample.SyncStarted)).toEqual(['sync', config])
  expect(configOf(created, asked('a'), changed, planned('a'))).toEqual(['sync', manual])
  const { RollbackRequested, RollbackStarted } = sample
  expect(configOf(created, RollbackRequested, changed)).toEqual(['roll-back', manual])
  expect(configOf(created, RollbackRequested, RollbackStarted, changed)).toEqual(['roll-back', config])
})

test('a release knows the configuration that was deleted', () => {
  const { state } = given(workflowDecider, created, sample.WorkflowDeleted)
  expect(nextWriting(state)).toEqual({ action: 'release', config, cascade: true, prune_kept: true })
})

test('a sync is carried out by the plan that was made for it, not by a preview', () => {
  const other = planned(null, { revision: revision2, tree: tree2 })
  const { state } = given(workflowDecider, created, asked('a'), planned('a'), preview(), other)
  const writing = nextWriting(state)
  expect(writing.action === 'sync' && writing.plan.revision).toBe(revision)
})
