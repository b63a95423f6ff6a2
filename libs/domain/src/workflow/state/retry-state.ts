import type { SyncTrigger } from '../sync-result.ts'
import type { RetryEvent } from '../events/retry-events.ts'

/** Further tries of a sync: what failed so far, and what comes next. It lasts until a sync succeeds or something else is asked for. */
export type Retry = Omit<RetryEvent['data'], 'sync_id'> & {
  readonly trigger: SyncTrigger
  readonly revision: string | null
  /** The plan that was agreed to: what is left of it may be tried again, and nothing else. */
  readonly exactly: string | null
  readonly by: string | null
  readonly prune_kept: boolean
}
