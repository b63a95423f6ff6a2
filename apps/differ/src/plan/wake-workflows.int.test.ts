import { randomBytes, randomUUID } from 'node:crypto'
import { clusterStream, workflowConfig, workflowDecider, workflowStream } from '@plimsoll/domain'
import type { WorkflowEvent } from '@plimsoll/domain'
import { append, claim, finish, upsertLiveObjects, wake, watchPaths } from '@plimsoll/event-log'
import type { Claim, EventLog } from '@plimsoll/event-log'
import { vaults } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { streamsOfMarks } from '../cluster/streams-of-marks.ts'
import { wakeOfCluster } from './wake-workflows.ts'

let log: EventLog
beforeAll(async () => {
  log = await freshLog()
})
afterAll(() => log[Symbol.asyncDispose]())

const key = randomBytes(32)

async function claimed(role: string, stream: string): Promise<Claim> {
  await wake(log, role, [{ stream }])
  const [held] = await claim(log, { role, owner: 'test', leaseMs: 60_000, limit: 1, streams: [stream] })
  if (held === undefined) throw new Error(`${role} of ${stream} is not to be had`)
  return held
}

/** A workflow that goes to a cluster, and whose sync failed; one that is deleted waits for it too. */
async function failing(id: string, cluster: string, after: readonly WorkflowEvent[] = []): Promise<void> {
  const config = workflowConfig({ id, repository: 'shop', destination: { cluster } })
  if (!config.ok) throw new Error(JSON.stringify(config))
  const stream = workflowStream(id)
  await append(log, {
    stream,
    expectedVersion: 0,
    events: [{ type: 'WorkflowCreated', data: config.value } as const, ...after].map(workflowDecider.encode),
    cause: { commandId: randomUUID(), actor: 'test' },
  })
  const failed = await claimed('write', stream)
  await finish(log, failed, { done: 0, error: 'connect ECONNREFUSED', retryInMs: 3_600_000 })
}

test('a cluster that is back wakes the workflows with objects there and those of it that failed, and no others', async () => {
  for (const id of ['here', 'elsewhere', 'failing', 'leaving', 'away', 'idle'])
    await watchPaths(log, { stream: workflowStream(id), repository: 'shop', paths: ['.'] })
  const object = { group: '', kind: 'ConfigMap', namespace: 'a', uid: '1', resourceVersion: '1', ownedHash: '1' }
  const rest = { idAnnotation: '', health: '', present: true }
  const of = (id: string) => [{ ...object, ...rest, name: id, mark: vaults(log, key)(id).mark }]
  await upsertLiveObjects(log, 'east', of('here'))
  await upsertLiveObjects(log, 'west', of('elsewhere'))
  await failing('failing', 'east')
  await failing('leaving', 'east', [{ type: 'WorkflowDeleted', data: { cascade: true, prune_kept: false } }])
  await failing('away', 'west')

  const woken = await wakeOfCluster(log, await claimed('plan', clusterStream('east')), streamsOfMarks(log, key))
  expect(woken.wake?.map(({ role, stream }) => `${role} ${stream}`).toSorted()).toEqual([
    'drift workflow-failing',
    'drift workflow-here',
    'drift workflow-leaving',
    'plan workflow-failing',
    'plan workflow-here',
    'plan workflow-leaving',
    'write workflow-failing',
    'write workflow-here',
    'write workflow-leaving',
  ])
})
