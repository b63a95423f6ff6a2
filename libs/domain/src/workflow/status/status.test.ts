import { expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { evolveWorkflowRow, initialWorkflowRow, workflowStatus } from './status.ts'
import type { StatusWord, WorkflowStatus } from './status.ts'
import { supersede } from '../decisions/supersede.ts'

const { WorkflowCreated: created, WorkflowChanged: changed, SyncRequested: asked, SyncStarted: started } = sample
const { SyncSucceeded: succeeded, SyncFailed: failed, SyncStalled: stalled, PlanFailed: faulty } = sample
const planned = sample.PlanMade
const preview: WorkflowEvent = { ...planned, data: { ...planned.data, sync_id: null } }
const summary = { ...planned.data.summary, total_changes: 0, warning_count: 0 }
const nothingToDo: WorkflowEvent = { ...planned, data: { ...planned.data, summary, sync_id: null } }
const single: WorkflowEvent = {
  ...planned,
  data: { ...planned.data, summary: { ...summary, total_changes: 1 }, sync_id: null },
}
const contested: WorkflowEvent = {
  ...single,
  data: { ...planned.data, summary: { ...summary, total_changes: 1, conflict_count: 1 }, sync_id: null },
}
const byHand = { ...created, data: changed.data }
const withdrawn: WorkflowEvent = supersede('sync-2', 'stop_auto_sync')
const later: WorkflowEvent = { ...asked, data: { ...asked.data, sync_id: 'sync-3' } }
const followerSuperseded: WorkflowEvent = supersede('sync-3', 'sync-4')
const unhealthy: WorkflowEvent = { ...failed, data: { ...failed.data, stage: 'health', message: 'web is not ready' } }
const ignored: WorkflowEvent = { ...succeeded, data: { ...succeeded.data, healthy: false, message: 'not healthy' } }
const running = [created, asked, planned, started]
const synced = [...running, succeeded]

const instant = (nth: number) => new Date(Date.UTC(2026, 10, 23, 6, nth)).toISOString()

/** The status after events that were recorded a minute apart, the first at 06:00. */
function statusAfter(...events: readonly WorkflowEvent[]): WorkflowStatus | undefined {
  return workflowStatus(
    events.reduce((row, event, nth) => evolveWorkflowRow(row, event, instant(nth)), initialWorkflowRow),
  )
}

test.each<[string, readonly WorkflowEvent[], StatusWord, string]>([
  ['a new workflow', [created], 'active', 'Never synced.'],
  ['a preview without changes', [created, nothingToDo], 'active', 'Never synced.'],
  ['a change with auto-sync', [created, preview], 'active', 'A change waits for auto-sync.'],
  ['a change by hand', [byHand, preview], 'active', 'A change waits: look at it with diff, apply it with sync.'],
  [
    'a change with a conflict',
    [byHand, contested],
    'active',
    'A change waits, and 1 conflict with it: look at it with diff.',
  ],
  ['a requested sync', [created, asked], 'syncing', 'A sync waits for its plan.'],
  ['a planned sync', [created, asked, planned], 'syncing', 'A sync is planned and about to begin.'],
  ['a changed workflow', [...synced, changed], 'active', 'The workflow was changed: it is planned anew.'],
  [
    'a changed workflow without changes',
    [...synced, changed, nothingToDo],
    'synced',
    'The cluster is as Git declares it.',
  ],
  ['a sync that writes', running, 'syncing', 'A sync is writing.'],
  [
    'a sync that is held up',
    [...running, stalled],
    'syncing',
    'A sync is held up and tried again: the API server of cluster default cannot be reached',
  ],
  ['a held-up sync that goes on', [...running, stalled, started], 'syncing', 'A sync is writing.'],
  ['a sync that writes while another waits', [...running, later], 'syncing', 'A sync is writing.'],
  ['a follower', [...running, later, succeeded], 'syncing', 'A sync waits for its plan.'],
  ['a sync that succeeded', synced, 'synced', 'The cluster is as Git declares it.'],
  [
    'a sync after a failed one',
    [...running, failed, asked, planned, started, succeeded],
    'synced',
    'The cluster is as Git declares it.',
  ],
  ['a new revision after a sync', [...synced, preview], 'active', 'A change waits for auto-sync.'],
  ['a new revision without changes', [...synced, nothingToDo], 'synced', 'The cluster is as Git declares it.'],
  ['a sync that failed', [...running, failed], 'failed', 'Deployment shop/web is not valid'],
  [
    'a sync that failed before it began',
    [created, asked, planned, failed],
    'failed',
    'Deployment shop/web is not valid',
  ],
  [
    'a sync whose revision cannot be rendered',
    [created, asked, faulty, failed],
    'failed',
    'The newest revision cannot be planned: Deployment shop/web is not valid',
  ],
  [
    'a first revision that cannot be planned',
    [created, faulty],
    'failed',
    'The newest revision cannot be planned: Deployment shop/web is not valid',
  ],
  [
    'a later revision that cannot be planned',
    [...synced, faulty],
    'degraded',
    'The newest revision cannot be planned: Deployment shop/web is not valid',
  ],
  ['a sync that was not healthy', [...running, unhealthy], 'degraded', 'web is not ready'],
  ['a sync that was not healthy, which is ignored', [...running, ignored], 'degraded', 'not healthy'],
  [
    'a failed sync whose follower was withdrawn',
    [...running, failed, asked, withdrawn],
    'failed',
    'Deployment shop/web is not valid',
  ],
  ['a withdrawn first sync', [created, asked, withdrawn], 'active', 'Never synced.'],
  ['a withdrawn sync', [...synced, asked, preview, withdrawn], 'active', 'A change waits for auto-sync.'],
  [
    'a withdrawn sync without changes',
    [...synced, asked, nothingToDo, withdrawn],
    'synced',
    'The cluster is as Git declares it.',
  ],
])('%s has its word and its reason', (_title, events, word, reason) => {
  expect(statusAfter(...events)).toMatchObject({ status: word, reason })
})

test.each([
  ['exit code 1', 'exit code 1. What'],
  ['exit code 1: and so on and …', 'exit code 1: and so on and … What'],
])('a hook that failed with %j tells where to read all of it', (message, told) => {
  const byHook: WorkflowEvent = { ...failed, data: { ...failed.data, stage: 'hook', message } }
  expect(statusAfter(...running, byHook)?.reason).toBe(
    `${told} it wrote, if it ran: \`plimsoll logs ${created.data.id}\`.`,
  )
})

test('a workflow that does not exist has no status', () => {
  expect(statusAfter()).toBeUndefined()
  expect(statusAfter(created, sample.WorkflowDeleted)).toBeUndefined()
  expect(statusAfter(created, sample.WorkflowDeleted, sample.WorkflowReleased)).toBeUndefined()
  expect(statusAfter(created, sample.WorkflowDeleted, created)?.status).toBe('active')
})

test('a status says what the workflow is', () => {
  expect(statusAfter(created)).toMatchObject({
    id: 'shop',
    name: 'Shop in production',
    auto_sync: true,
    repository: 'shop-repo',
    target_path: 'k8s/production',
    config: created.data,
    revision: null,
    pending: null,
    last_sync_result: null,
  })
})

test('the revision is the one that was applied', () => {
  expect(statusAfter(...running)?.revision).toBeNull()
  expect(statusAfter(...synced)?.revision).toBe(succeeded.data.revision)
  expect(statusAfter(...synced, asked, planned, failed)?.revision).toBe(succeeded.data.revision)
})

test('a change is pending while it waits, and while no sync is at it', () => {
  const { revision, digest: plan } = planned.data
  const pending = { revision, plan, summary: planned.data.summary }
  expect(statusAfter(created, preview)?.pending).toEqual(pending)
  expect(statusAfter(created, single)).toMatchObject({ status: 'active', pending: { summary: { total_changes: 1 } } })
  expect(statusAfter(...synced, single)).toMatchObject({ status: 'active', pending: { summary: { total_changes: 1 } } })
  expect(statusAfter(created, nothingToDo)?.pending).toBeNull()
  expect(statusAfter(...running)?.pending).toBeNull()
  expect(statusAfter(...running, failed)?.pending).toEqual(pending)
  expect(statusAfter(...synced)?.pending).toBeNull()
  expect(statusAfter(created, preview, faulty)?.pending).toBeNull()
})

test('what a sync has applied is pending no more, though its health or a hook failed it', () => {
  expect(statusAfter(...running, unhealthy)?.pending).toBeNull()
  const byHook: WorkflowEvent = { ...failed, data: { ...failed.data, stage: 'hook' } }
  expect(statusAfter(...running, byHook)?.pending).toBeNull()
  expect(statusAfter(...running, unhealthy, single)).toMatchObject({ pending: { summary: { total_changes: 1 } } })
  const partly = { ...failed.data.metrics, resources_applied: failed.data.metrics.resources_applied - 1 }
  const inFirstWave: WorkflowEvent = { ...failed, data: { ...failed.data, stage: 'health', metrics: partly } }
  expect(statusAfter(...running, inFirstWave)).toMatchObject({ pending: { revision: planned.data.revision } })
})

test('a pending change of before plans had a digest is named by its blob', () => {
  const { plan } = planned.data
  expect(statusAfter(created, { ...preview, data: { ...preview.data, digest: '' } })?.pending).toMatchObject({ plan })
})

const metrics = {
  duration: '45.2s',
  resources_processed: 15,
  resources_applied: 8,
  resources_skipped: 7,
  conflicts_resolved: 1,
}
const open = { id: 'sync-2', status: 'running', start_time: instant(1), end_time: null, faults: [], metrics: null }
const revision = planned.data.revision

test.each<[string, readonly WorkflowEvent[], object]>([
  ['a requested sync runs', [created, asked], { ...open, commit_hash: revision, message: 'Planning' }],
  ['a sync that writes runs', running, { ...open, commit_hash: revision, message: 'Applying' }],
  [
    'a sync that is held up runs',
    [...running, stalled],
    { ...open, commit_hash: revision, message: stalled.data.message },
  ],
  [
    'a sync that succeeded has its metrics',
    synced,
    {
      ...open,
      status: 'succeeded',
      end_time: instant(4),
      commit_hash: revision,
      message: 'Sync completed successfully',
      metrics,
    },
  ],
  [
    'a sync that failed has its faults',
    [...running, failed],
    {
      ...open,
      status: 'failed',
      end_time: instant(4),
      commit_hash: revision,
      message: failed.data.message,
      faults: failed.data.faults,
      metrics,
    },
  ],
  [
    'a superseded sync is failed with a message',
    [created, asked, withdrawn],
    { ...open, status: 'failed', end_time: instant(2), commit_hash: null, message: 'superseded by stop_auto_sync' },
  ],
  [
    'a follower begins where the sync before it ends',
    [...running, later, succeeded],
    { ...open, id: 'sync-3', start_time: instant(5), commit_hash: revision, message: 'Planning' },
  ],
  [
    'a sync that writes is shown when its follower is superseded',
    [...running, later, followerSuperseded],
    { ...open, commit_hash: revision, message: 'Applying' },
  ],
])('%s', (_title, events, result) => {
  expect(statusAfter(...events)?.last_sync_result).toEqual(result)
})
