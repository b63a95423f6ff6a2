import { describe, expect, test } from 'vitest'
import { workflowSamples as sample } from '../../../test/samples.ts'
import { nextWriting, requestSync } from './decisions.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { FailureStage } from '../sync-result.ts'
import { cancelSync } from './gate-decisions.ts'
import { requestRetry, scheduleRetry } from './retry-decisions.ts'
import { endSync } from './rollback-decisions.ts'
import { evolveWorkflow } from '../state/evolve-workflow.ts'
import { initialWorkflow } from '../state/state.ts'
import type { Workflow } from '../state/state.ts'
import { initialWorkflowRow, workflowStatus } from '../status/status.ts'

const retry = { limit: 2, backoff: 'fixed', interval_ms: 1_000, max_duration_ms: 600_000 } as const
const { sync_policy: policy } = sample.WorkflowCreated.data
const created = (limit = 2): WorkflowEvent => ({
  type: 'WorkflowCreated',
  data: { ...sample.WorkflowCreated.data, sync_policy: { ...policy, retry: { ...retry, limit } } },
})
const asked = (sync_id: string): WorkflowEvent => ({
  type: 'SyncRequested',
  data: { sync_id, trigger: 'auto', revision: 'c0ffee', plan: null, by: null, prune_kept: false },
})
const writes = (sync_id: string): readonly WorkflowEvent[] => [
  { type: 'PlanMade', data: { ...sample.PlanMade.data, sync_id } },
  { type: 'SyncStarted', data: { ...sample.SyncStarted.data, sync_id } },
]
const failed = (sync_id: string, stage: FailureStage = 'apply'): WorkflowEvent => ({
  type: 'SyncFailed',
  data: { ...sample.SyncFailed.data, sync_id, stage, message: 'it failed' },
})
const after = (...events: readonly WorkflowEvent[]): Workflow => events.reduce(evolveWorkflow, initialWorkflow)
const now = new Date('2026-11-23T06:00:00.000Z')
const later = (ms: number) => new Date(now.getTime() + ms)

/** The events that a failed try ends with. */
const endOf = (workflow: Workflow, failure: WorkflowEvent, at = now) =>
  endSync(workflow.sync?.id ?? '', [failure], { rejects: true, retry: scheduleRetry(failure, at, 0) })(workflow)

const first = after(created(), asked('s'), ...writes('s'))

test('a failure that may pass is followed by another try, and nothing is rolled back yet', () => {
  const events = endOf(first, failed('s'))
  expect(events.map(({ type }) => type)).toEqual(['RetryScheduled', 'SyncFailed'])
  const workflow = events.reduce(evolveWorkflow, first)
  expect(nextWriting(workflow)).toEqual({ action: 'retry', at: '2026-11-23T06:00:01.000Z' })
  expect(workflowStatus({ ...initialWorkflowRow, workflow })).toMatchObject({
    status: 'failed',
    reason: 'it failed. Try 2 begins at 2026-11-23T06:00:01.000Z.',
  })
})

test('a sync that conflicts kept from beginning is tried again, and one that cannot be planned is not', () => {
  const waiting = after(created(), asked('s'))
  const failure = failed('s', 'plan')
  expect(scheduleRetry(failure, now, 0)(waiting)).toBeUndefined()
  const scheduled = scheduleRetry(failure, now, 0, { conflicts: [{}] })(waiting)
  expect(scheduled).toMatchObject({ data: { next_sync_id: 's-try-2', failures: 1 } })
  const [planned] = writes('s')
  const workflow = [planned, scheduled, failure].flatMap((event) => event ?? []).reduce(evolveWorkflow, waiting)
  expect(nextWriting(workflow)).toEqual({ action: 'retry', at: '2026-11-23T06:00:01.000Z' })
  expect(requestRetry(later(1_000))(workflow)).toEqual([asked('s-try-2')])
  expect(scheduleRetry(failure, now, 0, { conflicts: [{}] })(after(created(0), asked('s')))).toBeUndefined()
})

test('a sync that also waits for another commit is not tried again, whatever else of its conflicts may pass', () => {
  const conflicts = [{}, { lasting: true }] as const
  expect(scheduleRetry(failed('s', 'plan'), now, 0, { conflicts })(after(created(), asked('s')))).toBeUndefined()
})

test('the next try is asked for when its time has come, and is of the same kind', () => {
  const workflow = endOf(first, failed('s')).reduce(evolveWorkflow, first)
  expect(requestRetry(later(999))(workflow)).toEqual([])
  expect(requestRetry(later(1_000))(workflow)).toEqual([asked('s-try-2')])
})

test('a sync that is bound to one plan stays so at the next try', () => {
  const digest = sample.PlanMade.data.digest
  const bound = after(
    created(),
    {
      type: 'SyncRequested',
      data: { sync_id: 's', trigger: 'manual', revision: 'c0ffee', plan: digest, by: 'ann', prune_kept: true },
    },
    ...writes('s'),
  )
  const workflow = endOf(bound, failed('s')).reduce(evolveWorkflow, bound)
  expect(requestRetry(later(1_000))(workflow)).toMatchObject([
    { type: 'SyncRequested', data: { sync_id: 's-try-2', plan: digest, by: 'ann', prune_kept: true } },
  ])
})

test('after the last try the failure stands, and is rolled back where the policy says so', () => {
  let workflow = first
  for (const id of ['s', 's-try-2']) {
    workflow = endOf(workflow, failed(id)).reduce(evolveWorkflow, workflow)
    workflow = [...requestRetry(later(1_000))(workflow), ...writes(`s-try-${id === 's' ? 2 : 3}`)].reduce(
      evolveWorkflow,
      workflow,
    )
  }
  expect(workflow.sync?.id).toBe('s-try-3')
  const events = endOf(workflow, failed('s-try-3'))
  expect(events.map(({ type }) => type)).toEqual(['SyncFailed', 'RollbackRequested'])
  expect(events.reduce(evolveWorkflow, workflow).retry).toBeNull()
})

describe('there is no further try', () => {
  test.each<[string, Workflow, WorkflowEvent, Date]>([
    ['without a limit', after(created(0), asked('s'), ...writes('s')), failed('s'), now],
    ['when the commit is to blame', first, failed('s', 'plan'), now],
    ['when a person stopped it', first, failed('s', 'cancelled'), now],
    [
      'when a person stopped it as it failed',
      cancelSync('ada', '')(first).reduce(evolveWorkflow, first),
      failed('s'),
      now,
    ],
    ['when another sync waits', after(created(), asked('s'), ...writes('s'), asked('t')), failed('s'), now],
    [
      'after the longest duration',
      {
        ...first,
        retry: {
          failures: 1,
          since: now.toISOString(),
          at: '',
          next_sync_id: 's',
          trigger: 'auto',
          revision: null,
          exactly: null,
          by: null,
          prune_kept: false,
        },
      },
      failed('s'),
      later(600_000),
    ],
  ])('%s', (_title, workflow, failure, at) => {
    expect(scheduleRetry(failure, at, 0)(workflow)).toBeUndefined()
  })
})

test('a sync that a person stopped as it failed is not rolled back by itself', () => {
  const policied: WorkflowEvent = {
    type: 'WorkflowCreated',
    data: { ...sample.WorkflowCreated.data, rollback_on_failure: true },
  }
  const workflow = after(policied, asked('s'), ...writes('s'))
  const stopped = cancelSync('ada', '')(workflow).reduce(evolveWorkflow, workflow)
  const endsOf = (of: Workflow) => endSync('s', [failed('s')], { rejects: true })(of).map(({ type }) => type)
  expect(endsOf(workflow)).toEqual(['SyncFailed', 'RollbackRequested'])
  expect(endsOf(stopped)).toEqual(['SyncFailed'])
})

test('whatever else is asked for takes the place of the next try', () => {
  const waiting = endOf(first, failed('s')).reduce(evolveWorkflow, first)
  expect(requestSync('other', 'manual', 'beef')(waiting).reduce(evolveWorkflow, waiting).retry).toBeNull()
  const cancelled = cancelSync('ada', '')(waiting)
  expect(cancelled).toEqual([{ type: 'CancelRequested', data: { sync_id: 's-try-2', by: 'ada', reason: '' } }])
  expect(nextWriting(cancelled.reduce(evolveWorkflow, waiting))).toEqual({ action: 'none' })
})

test('a sync that succeeds ends the tries', () => {
  const again = after(
    created(),
    asked('s'),
    ...writes('s'),
    ...endOf(first, failed('s')),
    asked('s-try-2'),
    ...writes('s-try-2'),
  )
  const done: WorkflowEvent = { type: 'SyncSucceeded', data: { ...sample.SyncSucceeded.data, sync_id: 's-try-2' } }
  expect(again.retry).not.toBeNull()
  expect(evolveWorkflow(again, done).retry).toBeNull()
})
