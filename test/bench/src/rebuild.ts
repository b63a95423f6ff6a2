import { randomUUID } from 'node:crypto'
import { workflowConfig, workflowDecider, workflowStream } from '@plimsoll/domain'
import type { WorkflowEvent } from '@plimsoll/domain'
import { append, catchUp, migrate, openEventLog, openGeneration, putBlob, sequence } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { freshDatabase } from '@plimsoll/harness'
import { statusModel } from '@plimsoll/projection'
import pg from 'pg'
import { absoluteFigure, median, ratioFigure } from './figure.ts'
import type { Figure } from './figure.ts'

const workflows = 500
const eventsEach = 200
const rounds = 3

/** Folds the status of every workflow from the start of the log, against copying the same events out of Postgres. */
export async function rebuild(): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack()
  const { url } = stack.use(await freshDatabase())
  const log = stack.use(openEventLog({ url }))
  await migrate(log)
  await fill(log)
  const n = workflows * eventsEach

  const [folds, copies]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    copies.push(n / (await secondsOf(() => copyOut(url))))
    const model = statusModel(`bench-${round}`)
    await openGeneration(log, model)
    folds.push(n / (await secondsOf(() => catchUp(log, model))))
  }
  const [value, limit] = [median(folds), median(copies)]
  const clock = 'first read of the log to the last row committed'
  return [
    absoluteFigure({ name: 'rebuild', value, unit: 'events/s', atLeast: 50_000, n, clock }),
    ratioFigure({ name: 'rebuild-vs-copy', value, unit: 'events/s', limit, ratio: value / limit, aim: 0.5, n, clock }),
  ]
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1_000
}

/** What reading the same events costs the server, with nobody who reads. */
async function copyOut(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query("copy (select * from log join event using (id) order by position) to '/dev/null'")
  } finally {
    await client.end()
  }
}

/** The histories of workflows that were synced again and again, in the order in which they would have come. */
async function fill(log: EventLog): Promise<void> {
  const blob = await putBlob(log, Buffer.from('bench'))
  for (let workflow = 0; workflow < workflows; workflow++) {
    const stream = workflowStream(`bench-${workflow}`)
    const events = history(`bench-${workflow}`, blob).map(workflowDecider.encode)
    await append(log, { stream, expectedVersion: 0, events, cause: { commandId: randomUUID(), actor: 'bench' } })
  }
  while ((await sequence(log, 10_000)) > 0);
}

function history(id: string, blob: string): readonly WorkflowEvent[] {
  const config = workflowConfig({ id, repository: 'bench', auto_sync: true })
  if (!config.ok) throw new Error('the configuration of the benchmark is wrong')
  const events: WorkflowEvent[] = [{ type: 'WorkflowCreated', data: config.value }]
  for (let sync = 0; events.length < eventsEach; sync++) events.push(...syncHistory(`sync-${sync}`, blob))
  return events.slice(0, eventsEach)
}

function syncHistory(sync_id: string, blob: string): readonly WorkflowEvent[] {
  const revision = 'c0ffee'.repeat(7).slice(0, 40)
  const shared = { plan: blob, steps: blob, manifest_set: blob }
  const summary = {
    total_changes: 1,
    created_resources: 0,
    updated_resources: 1,
    deleted_resources: 0,
    conflict_count: 0,
    warning_count: 0,
    replaced_resources: 0,
    impact: { low: 0, medium: 1, high: 0, critical: 0 },
    highest_impact: 'medium',
  } as const
  const metrics = {
    duration_ms: 52,
    resources_processed: 15,
    resources_applied: 1,
    resources_skipped: 14,
    conflicts_resolved: 0,
  }
  return [
    { type: 'SyncRequested', data: { sync_id, trigger: 'auto', revision, plan: null, by: null, prune_kept: false } },
    {
      type: 'PlanMade',
      data: { ...shared, revision, tree: revision, paths: ['k8s'], digest: 'plan:0', objects: '', summary, sync_id },
    },
    {
      type: 'SyncStarted',
      data: { ...shared, sync_id, revision, attempt: 1, backup: blob, inventory: blob, resources: 15 },
    },
    { type: 'WaveApplied', data: { sync_id, wave: 0, applied: 1, failed: 0, rebased: null } },
    {
      type: 'SyncSucceeded',
      data: {
        sync_id,
        revision,
        tree: revision,
        paths: ['k8s'],
        manifest_set: blob,
        inventory: blob,
        message: 'Sync completed successfully',
        metrics,
        healthy: true,
      },
    },
  ]
}
