import { ungated } from './gate-state.ts'
import { newestSync } from './evolve-rollback.ts'
import type { EndedSync, OpenSync, RequestedSync, Workflow } from './state.ts'
import type { SyncEvent } from '../events/sync-events.ts'

const requested = (sync: RequestedSync): OpenSync => ({
  ...sync,
  ...ungated,
  plan: null,
  started: null,
  config: null,
  stalled: null,
  touched: null,
  hooks: [],
})

/** The sync that ended makes room for the one that waited. */
function end(workflow: Workflow, ended: EndedSync): Workflow {
  const sync = workflow.next === null ? null : requested(workflow.next)
  const tried = workflow.reconfigured ? null : ended.revision
  return { ...workflow, sync, next: null, last: ended, carriedOut: ended, tried }
}

export function evolveSync(workflow: Workflow, { type, data }: SyncEvent): Workflow {
  switch (type) {
    case 'SyncRequested': {
      const sync = {
        id: data.sync_id,
        trigger: data.trigger,
        revision: data.revision,
        exactly: data.plan,
        by: data.by,
        prune_kept: data.prune_kept,
      }
      const retry = workflow.retry?.next_sync_id === data.sync_id ? workflow.retry : null
      // A person who asks for a sync has looked at why the ones before were rolled back.
      const rollbacksInARow = data.trigger === 'manual' ? 0 : workflow.rollbacksInARow
      return workflow.sync?.started
        ? { ...workflow, retry, rollbacksInARow, next: sync }
        : { ...workflow, retry, rollbacksInARow, sync: requested(sync) }
    }
    case 'SyncStarted':
      return onOpen(
        workflow,
        data.sync_id,
        (sync) => ({ ...sync, stalled: null, started: data, config: sync.config ?? workflow.config }),
        data.inventory,
      )
    case 'SyncStalled':
      return onOpen(workflow, data.sync_id, (sync) => ({ ...sync, stalled: data.message }))
    case 'BackupExtended':
      return workflow
    case 'WaveApplied':
      return onOpen(workflow, data.sync_id, (sync) => ({
        ...sync,
        touched: (sync.touched ?? 0) + data.applied + data.failed,
      }))
    case 'SyncSucceeded':
      return {
        ...end(workflow, { ...data, id: data.sync_id, status: 'succeeded', stage: null, faults: [] }),
        plan: null,
        failure: null,
        retry: null,
        inventory: data.inventory,
        applied: { revision: data.revision, tree: data.tree, paths: data.paths, manifest_set: data.manifest_set },
        newest: newestSync(workflow, workflow.sync, { id: data.sync_id, revision: data.revision }),
        undone: null,
        rejected: [],
        rollbacksInARow: data.healthy ? 0 : workflow.rollbacksInARow,
      }
    case 'SyncFailed':
      return {
        ...end(workflow, { ...data, id: data.sync_id, status: 'failed', healthy: false }),
        inventory: data.inventory ?? workflow.inventory,
        retry: workflow.retry?.next_sync_id === data.sync_id ? null : workflow.retry,
        newest: newestSync(workflow, workflow.sync, { id: data.sync_id, revision: data.revision }),
        undone: workflow.sync?.started ? null : workflow.undone,
      }
    case 'SyncSuperseded': {
      const message = `superseded by ${data.by}`
      const ended = { id: data.sync_id, status: 'failed', revision: data.revision, message, faults: [] } as const
      if (workflow.sync?.id === data.sync_id && workflow.sync.started)
        return {
          ...end(workflow, { ...ended, stage: 'health', metrics: data.metrics, healthy: false }),
          inventory: data.inventory ?? workflow.inventory,
          retry: workflow.retry?.next_sync_id === data.sync_id ? null : workflow.retry,
          newest: newestSync(workflow, workflow.sync, { id: data.sync_id, revision: data.revision }),
          undone: null,
        }
      return {
        ...workflow,
        sync: workflow.sync?.id === data.sync_id ? null : workflow.sync,
        next: workflow.next?.id === data.sync_id ? null : workflow.next,
        last: { ...ended, stage: null, metrics: null, healthy: workflow.last?.healthy ?? false },
      }
    }
  }
}

/** What is said about a sync that is over changes nothing. */
function onOpen(
  workflow: Workflow,
  id: string,
  change: (sync: OpenSync) => OpenSync,
  inventory = workflow.inventory,
): Workflow {
  return workflow.sync?.id === id ? { ...workflow, inventory, sync: change(workflow.sync) } : workflow
}
