import type { WorkflowEvent } from '../events/events.ts'
import type { SyncMetrics } from '../sync-result.ts'

/** Ends a sync that never began. `by`: the one that comes in its place, or what does. */
export function supersede(syncId: string, by: string): WorkflowEvent {
  return { type: 'SyncSuperseded', data: { sync_id: syncId, by, revision: null, inventory: null, metrics: null } }
}

/** What a sync leaves that is superseded while it waits for health. */
export type Superseded = {
  readonly sync_id: string
  readonly by: string
  readonly revision: string
  readonly inventory: string
  readonly metrics: SyncMetrics
}

/** Ends a sync that wrote: what it did stays, and is undone together with what comes in its place. */
export function supersedeApplied(data: Superseded): WorkflowEvent {
  return { type: 'SyncSuperseded', data }
}
