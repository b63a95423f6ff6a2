import type { SyncTrigger } from './sync-result.ts'
import type { RetryEvent } from './retry-events.ts'
import type { Workflow } from './state.ts'

/** Further tries of a sync: what failed so far, and what comes next. It lasts until a sync succeeds or something else is asked for. */
export type Retry = Omit<RetryEvent['data'], 'sync_id'> & {
  readonly trigger: SyncTrigger
  readonly revision: string | null
  /** The plan that was agreed to: what is left of it may be tried again, and nothing else. */
  readonly exactly: string | null
  readonly by: string | null
  readonly prune_kept: boolean
}

/** Recorded while the sync that failed is still open: the next is of the same kind. */
export function evolveRetry(workflow: Workflow, { data }: RetryEvent): Workflow {
  const { sync } = workflow
  if (sync?.id !== data.sync_id) return workflow
  const { next_sync_id, failures, since, at } = data
  const { trigger, revision, exactly, by, prune_kept } = sync
  return { ...workflow, retry: { next_sync_id, failures, since, at, trigger, revision, exactly, by, prune_kept } }
}
