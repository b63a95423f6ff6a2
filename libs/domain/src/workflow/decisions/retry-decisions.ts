import type { Conflict } from '../../plan/plan.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { requestSync } from './decisions.ts'
import { isWorthRetrying, retryAfterMs } from '../settings/retry.ts'
import type { RetryEvent } from '../events/retry-events.ts'
import type { Workflow } from '../state/state.ts'

/**
 * Whether, and when, a sync is tried again after it failed: undefined if the policy has no further try for it.
 * `jitter` is from 0 to 1. Decided while the sync is still open, so that its failure and the next try are recorded as one.
 * `conflicts`: what kept it from beginning; while one of them lasts, no further try comes further.
 */
export function scheduleRetry(
  failure: WorkflowEvent | undefined,
  now: Date,
  jitter: number,
  { conflicts = [] }: { readonly conflicts?: readonly Pick<Conflict, 'lasting'>[] } = {},
) {
  return ({ config, sync, next, retry }: Workflow): RetryEvent | undefined => {
    if (config === null || sync === null || next !== null || failure?.type !== 'SyncFailed') return undefined
    if (sync.cancelled !== null) return undefined
    // A heal has a back-off of its own.
    if (sync.trigger === 'heal' || !(mayPass(conflicts) || isWorthRetrying(failure.data.stage))) return undefined
    const failures = (retry?.failures ?? 0) + 1
    const since = retry?.since ?? now.toISOString()
    const sinceMs = now.getTime() - Date.parse(since)
    const waitMs = retryAfterMs(config.sync_policy.retry, { failures, sinceMs }, jitter)
    if (waitMs === undefined) return undefined
    const at = new Date(now.getTime() + waitMs).toISOString()
    const nextId = `${sync.id.replace(/-try-\d+$/, '')}-try-${failures + 1}`
    return { type: 'RetryScheduled', data: { sync_id: sync.id, next_sync_id: nextId, failures, since, at } }
  }
}

function mayPass(conflicts: readonly Pick<Conflict, 'lasting'>[]): boolean {
  return conflicts.length > 0 && conflicts.every(({ lasting }) => lasting !== true)
}

/** Asks for the next try, once its time has come. */
export function requestRetry(now: Date) {
  return (workflow: Workflow): WorkflowEvent[] => {
    const { retry, sync } = workflow
    if (retry === null || sync !== null || Date.parse(retry.at) > now.getTime()) return []
    return requestSync(
      retry.next_sync_id,
      retry.trigger,
      retry.revision,
      retry.exactly,
      retry.by,
      retry.prune_kept,
    )(workflow)
  }
}
