import type { RetryEvent } from '../events/retry-events.ts'
import type { Workflow } from './state.ts'

/** Recorded while the sync that failed is still open: the next is of the same kind. */
export function evolveRetry(workflow: Workflow, { data }: RetryEvent): Workflow {
  const { sync } = workflow
  if (sync?.id !== data.sync_id) return workflow
  const { next_sync_id, failures, since, at } = data
  const { trigger, revision, exactly, by, prune_kept } = sync
  return { ...workflow, retry: { next_sync_id, failures, since, at, trigger, revision, exactly, by, prune_kept } }
}
