import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { workflowDecider } from '../../deciders.ts'
import { given } from '../../testing.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { initialWorkflow } from './state.ts'

const { WorkflowCreated: created, WorkflowDeleted: deleted, WorkflowReleased: released } = sample
const { SyncRequested: asked, PlanMade: planned, SyncStarted: started } = sample
const { SyncSucceeded: succeeded, SyncFailed: failed, SyncSuperseded: superseded } = sample
const unwritten: WorkflowEvent = { ...failed, data: { ...failed.data, inventory: null } }
const unhealthy: WorkflowEvent = { ...succeeded, data: { ...succeeded.data, healthy: false } }
const foreign: WorkflowEvent = { ...started, data: { ...started.data, sync_id: 'sync-9' } }
const running = [created, asked, planned, started]
const claimed = started.data.inventory
const after = (...events: readonly WorkflowEvent[]) => given(workflowDecider, ...events).state

test.each<[string, readonly WorkflowEvent[], string | null]>([
  ['a new workflow owns nothing', [created], null],
  ['what a sync will create is owned from its start on', running, claimed],
  ['the start of another sync owns nothing', [created, asked, planned, foreign], null],
  ['what a sync left is owned', [...running, succeeded], succeeded.data.inventory],
  ['what a failed sync left is owned', [...running, failed], failed.data.inventory],
  ['a sync that failed without a write leaves what was owned', [...running, unwritten], claimed],
  ['what is deleted is owned until it is released', [...running, succeeded, deleted], succeeded.data.inventory],
  ['what is released is not owned', [...running, succeeded, deleted, released], null],
  [
    'what is created anew before that is owned still',
    [...running, succeeded, deleted, created],
    succeeded.data.inventory,
  ],
  ['what a sync wrote meanwhile, too', [...running, deleted, created], claimed],
])('%s', (_title, events, inventory) => {
  expect(after(...events).inventory).toBe(inventory)
})

test.each<[string, readonly WorkflowEvent[], boolean]>([
  ['a sync that succeeded', [...running, succeeded], true],
  ['a sync that applied what is not healthy', [...running, unhealthy], false],
  ['a sync that failed', [...running, failed], false],
  ['a superseded first sync', [created, asked, superseded], false],
  ['a superseded sync after a healthy one', [...running, succeeded, asked, superseded], true],
  ['a superseded sync after an unhealthy one', [...running, unhealthy, asked, superseded], false],
])('%s says how it left the cluster', (_title, events, healthy) => {
  expect(after(...events).last?.healthy).toBe(healthy)
})

test('what was applied stays until another sync succeeds', () => {
  const applied = {
    revision: succeeded.data.revision,
    tree: succeeded.data.tree,
    paths: succeeded.data.paths,
    manifest_set: succeeded.data.manifest_set,
  }
  expect(after(...running).applied).toBeNull()
  expect(after(...running, succeeded).applied).toEqual(applied)
  expect(after(...running, succeeded, asked, planned, started, failed).applied).toEqual(applied)
})

test('a released workflow is as if it had never been', () => {
  expect(after(...running, succeeded, deleted, released)).toEqual(initialWorkflow)
})

test('a start again, after a crash, keeps the plan and ends what held the sync up', () => {
  const again: WorkflowEvent = { ...started, data: { ...started.data, attempt: 4 } }
  const { sync } = after(...running, sample.SyncStalled, again)
  expect(sync).toMatchObject({ id: 'sync-2', plan: planned.data, stalled: null, started: { attempt: 4 } })
})
