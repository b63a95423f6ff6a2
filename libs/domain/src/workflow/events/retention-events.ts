// Stored in the event log: rename or reshape only with an upcaster.
export type RetentionEvent = {
  /** Bodies that old events named were dropped: plans, steps, manifests, backups and inventories. The events stay. */
  readonly type: 'HistoryTrimmed'
  readonly data: {
    /** Up to this version of the stream. */
    readonly up_to: number
    /** Of syncs and rollbacks that began before, ISO 8601; null: of none. No rollback leads there any more. */
    readonly syncs_before: string | null
    /** Of plans and previews made before, unless a sync that is kept carried them out; null: of none. */
    readonly plans_before: string | null
    readonly blobs: number
    /** As they lay in the store. */
    readonly bytes: number
    /** The rule: what was younger, or among the newest so many of its kind, stayed. */
    readonly age_ms: number
    readonly count: number
  }
}
