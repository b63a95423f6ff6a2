import type { WorkflowEvent } from './events.ts'

/** Ends a sync that never began. `by`: the one that comes in its place, or what does. */
export function supersede(syncId: string, by: string): WorkflowEvent {
  return { type: 'SyncSuperseded', data: { sync_id: syncId, by, revision: null, inventory: null, metrics: null } }
}
