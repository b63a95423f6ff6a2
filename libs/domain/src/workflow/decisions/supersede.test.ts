import { describe, expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { nextPlanning, requestSync } from './decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import { cancelSync, pauseWorkflow } from './gate-decisions.ts'
import { historyFold } from '../state/history.ts'
import { endSync, rollbackTarget } from './rollback-decisions.ts'
import { initialWorkflow } from '../state/state.ts'
import type { Workflow } from '../state/state.ts'
import { initialWorkflowRow, workflowStatus } from '../status/status.ts'
import { successorOf } from './successor.ts'
import { supersedeApplied } from './supersede.ts'

const created: WorkflowEvent = {
  type: 'WorkflowCreated',
  data: { ...sample.WorkflowCreated.data, auto_sync: true, rollback_on_failure: true },
}
const planOf = (tree: string, sync_id: string | null): WorkflowEvent => ({
  type: 'PlanMade',
  data: { ...sample.PlanMade.data, revision: `commit-${tree}`, tree, objects: `set:${tree}`, sync_id },
})
const asked = (id: string): WorkflowEvent => ({
  type: 'SyncRequested',
  data: { sync_id: id, trigger: 'auto', revision: null, plan: null, by: null, prune_kept: false },
})
const started = (id: string): WorkflowEvent => ({
  type: 'SyncStarted',
  data: { ...sample.SyncStarted.data, sync_id: id },
})
const wave = (id: string): WorkflowEvent => ({ type: 'WaveApplied', data: { ...sample.WaveApplied.data, sync_id: id } })
const writes = (id: string, tree: string) => [asked(id), planOf(tree, id), started(id), wave(id)]
const superseded = (id: string, tree: string) =>
  supersedeApplied({
    sync_id: id,
    by: 'revision commit-t2',
    revision: `commit-${tree}`,
    inventory: sample.SyncSucceeded.data.inventory,
    metrics: sample.SyncSucceeded.data.metrics,
  })
const failed = (id: string): WorkflowEvent => ({
  type: 'SyncFailed',
  data: { ...sample.SyncFailed.data, sync_id: id, stage: 'health' },
})
const after = (...events: readonly WorkflowEvent[]): Workflow =>
  [created, ...events].reduce(evolveWorkflow, initialWorkflow)
const head = (tree: string) => ({
  head: { revision: `commit-${tree}`, tree: 'root', message: '', author: '', committed_at: '' },
  tree,
})

describe('while a sync writes', () => {
  const writing = after(...writes('s', 't1'))

  test('a newer tree is planned, and no sync is asked for', () => {
    expect(nextPlanning(writing, head('t2'), true)).toEqual({
      action: 'plan',
      revision: null,
      syncId: null,
      isShown: true,
    })
  })

  test.each<[string, Workflow, string, boolean]>([
    ['it is the same', writing, 't1', true],
    ['auto-sync is stopped', writing, 't2', false],
    ['it is planned already', evolveWorkflow(writing, planOf('t2', null)), 't2', true],
    ['the workflow is paused', pauseWorkflow('ada', '')(writing).reduce(evolveWorkflow, writing), 't2', true],
    [
      'a person has asked for a sync',
      requestSync('n', 'manual', 'x')(writing).reduce(evolveWorkflow, writing),
      't2',
      true,
    ],
    [
      'the configuration was changed too',
      evolveWorkflow(writing, { type: 'WorkflowChanged', data: { ...created.data, name: 'other' } }),
      't2',
      true,
    ],
  ])('a newer tree waits if %s', (_title, workflow, tree, autoSync) => {
    expect(nextPlanning(workflow, head(tree), autoSync)).toEqual({ action: 'wait' })
  })
})

describe('the successor of a sync that waits for health', () => {
  const newer = after(...writes('s', 't1'), planOf('t2', null))
  const nothing = { ...sample.PlanMade.data.summary, total_changes: 0 }

  test('is a newer revision that is planned', () => {
    expect(successorOf(newer, 's', true)).toMatchObject({ by: 'revision commit-t2', plan: { tree: 't2' } })
  })

  test('is the sync of another revision that a person asks for', () => {
    const workflow = after(...writes('s', 't1'))
    const next = requestSync('n', 'manual', 'commit-t2')(workflow).reduce(evolveWorkflow, workflow)
    expect(successorOf(next, 's', false)).toEqual({ by: 'n', plan: null })
    const same = requestSync('n', 'manual', 'commit-t1')(workflow).reduce(evolveWorkflow, workflow)
    expect(successorOf(same, 's', true)).toBeUndefined()
  })

  test.each<[string, Workflow, string, boolean]>([
    ['nothing newer is planned', after(...writes('s', 't1')), 's', true],
    ['it is of another sync', newer, 'other', true],
    ['the sync has not begun', after(asked('s'), planOf('t1', 's'), planOf('t2', null)), 's', true],
    ['auto-sync is stopped', newer, 's', false],
    ['the workflow is paused', pauseWorkflow('ada', '')(newer).reduce(evolveWorkflow, newer), 's', true],
    ['the sync is cancelled', cancelSync('ada', '')(newer).reduce(evolveWorkflow, newer), 's', true],
    ['the newer revision lies the same', after(...writes('s', 't1'), planOf('t1', null)), 's', true],
    [
      'the newer revision would change nothing',
      after(...writes('s', 't1'), {
        type: 'PlanMade',
        data: { ...sample.PlanMade.data, revision: 'commit-t2', tree: 't2', sync_id: null, summary: nothing },
      }),
      's',
      true,
    ],
    [
      'the newer revision was rejected',
      after(
        ...writes('s', 't1'),
        { type: 'RevisionRejected', data: { rollback_id: 'r', revision: 'x', objects: 'set:t2', reason: '' } },
        planOf('t2', null),
      ),
      's',
      true,
    ],
    [
      'the newer revision cannot be planned',
      after(...writes('s', 't1'), { type: 'PlanFailed', data: { ...sample.PlanFailed.data, sync_id: null } }),
      's',
      true,
    ],
  ])('is nothing if %s', (_title, workflow, id, autoSync) => {
    expect(successorOf(workflow, id, autoSync)).toBeUndefined()
  })
})

describe('a sync that was superseded while it waited for health', () => {
  const good = [
    ...writes('good', 't0'),
    { ...sample.SyncSucceeded, data: { ...sample.SyncSucceeded.data, sync_id: 'good', tree: 't0' } },
  ]
  const bad = [...good, ...writes('s', 't1'), planOf('t2', null)]
  const ended = [...bad, superseded('s', 't1')]

  test('has failed for whoever asks, and its inventory stands', () => {
    const workflow = after(...ended)
    expect(workflow).toMatchObject({ sync: null, inventory: sample.SyncSucceeded.data.inventory, tried: 'commit-t1' })
    expect(workflowStatus({ ...initialWorkflowRow, workflow })).toMatchObject({
      last_sync_result: { status: 'failed', message: 'superseded by revision commit-t2' },
    })
  })

  test('is not rolled back by itself', () => {
    const events = endSync('s', [superseded('s', 't1')], { rejects: false })(after(...bad))
    expect(events.map(({ type }) => type)).toEqual(['SyncSuperseded'])
  })

  test('is followed by the sync of the newer revision at once', () => {
    expect(nextPlanning(after(...ended), head('t2'), true)).toEqual({ action: 'request-sync' })
  })

  test('makes room for the sync that a person asked for', () => {
    const workflow = after(...good, ...writes('s', 't1'))
    const next = requestSync('n', 'manual', 'commit-t2')(workflow)
    expect(after(...good, ...writes('s', 't1'), ...next, superseded('s', 't1'))).toMatchObject({
      sync: { id: 'n', plan: null },
      next: null,
    })
  })

  test('is undone together with those that come after it, to what was before the first', () => {
    const twice = [...ended, ...writes('s2', 't2'), superseded('s2', 't2'), ...writes('s3', 't3'), failed('s3')]
    expect(rollbackTarget(after(...twice))).toEqual({
      undo_from: 's',
      revision: sample.SyncSucceeded.data.revision,
    })
    const { evolve, initial } = historyFold
    const history = [created, ...twice].reduce((state, event) => evolve(state, { event, at: '' }), initial)
    expect(history.done.map(({ id, hasFailed }) => [id, hasFailed])).toEqual([
      ['good', false],
      ['s', true],
      ['s2', true],
      ['s3', true],
    ])
  })
})
