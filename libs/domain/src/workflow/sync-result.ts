/** The seed's metrics of a sync; the duration in milliseconds, shown as `45.2s`. */
export type SyncMetrics = {
  readonly duration_ms: number
  readonly resources_processed: number
  readonly resources_applied: number
  readonly resources_skipped: number
  readonly conflicts_resolved: number
}

/** Of a sync that came to no object. */
export const noMetrics: SyncMetrics = {
  duration_ms: 0,
  resources_processed: 0,
  resources_applied: 0,
  resources_skipped: 0,
  conflicts_resolved: 0,
}

/** By a person, by itself for a new revision, or by itself to put back what drifted. */
export type SyncTrigger = 'manual' | 'auto' | 'heal'
export type FailureStage =
  'source' | 'render' | 'plan' | 'approval' | 'hook' | 'apply' | 'prune' | 'health' | 'cancelled'
