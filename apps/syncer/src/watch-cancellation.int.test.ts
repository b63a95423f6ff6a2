import { createWorkflow, requestSync, workflowConfig, workflowDecider, workflowStream } from '@plimsoll/domain'
import type { WorkflowEvent } from '@plimsoll/domain'
import { append, migrate, openEventLog } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { freshDatabase, until } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CancelledError, watchCancellation } from './watch-cancellation.ts'

const stack = new AsyncDisposableStack()
const stream = workflowStream('shop')
let log: EventLog
beforeAll(async () => {
  log = stack.use(openEventLog({ url: stack.use(await freshDatabase()).url }))
  await migrate(log)
})
afterAll(() => stack.disposeAsync())

const cancelled = { by: 'ada', reason: 'wrong cluster' }
const cancelledByAda = expect.objectContaining({
  name: CancelledError.name,
  message: 'cancelled by ada: wrong cluster',
})

test('a sync that was cancelled before its writer was killed is stopped before the next write', async () => {
  await using watched = watchCancellation(log, stream, { id: 's', cancelled })
  expect(watched.signal.aborted).toBe(true)
  expect(watched.signal.reason).toEqual(cancelledByAda)
})

test('a sync that is cancelled while it writes is stopped', async () => {
  const config = workflowConfig({ id: 'shop', repository: 'shop' })
  if (!config.ok) throw new Error('the configuration of a test must be sound')
  const record = async (expectedVersion: number, events: readonly WorkflowEvent[]) =>
    append(log, {
      stream,
      expectedVersion,
      events: events.map(workflowDecider.encode),
      cause: { commandId: `${expectedVersion}`, actor: 'ada' },
    })
  const created = createWorkflow(config.value)(workflowDecider.initial)
  const workflow = created.reduce(workflowDecider.evolve, workflowDecider.initial)
  await record(0, [...created, ...requestSync('s', 'manual', null)(workflow)])
  await using watched = watchCancellation(log, stream, { id: 's', cancelled: null })
  expect(watched.signal.aborted).toBe(false)
  await record(2, [{ type: 'CancelRequested', data: { sync_id: 's', ...cancelled } }])
  await until(async () => watched.signal.aborted, { what: 'the sync is told to stop' })
  expect(watched.signal.reason).toEqual(cancelledByAda)
})
