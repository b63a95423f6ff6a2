// Stored in the event log: rename or reshape only with an upcaster.
export type RetryEvent = {
  /** A sync that failed is tried again by itself. */
  readonly type: 'RetryScheduled'
  readonly data: {
    readonly sync_id: string
    /** Id of the sync that will be asked for. */
    readonly next_sync_id: string
    /** Tries that failed so far. */
    readonly failures: number
    /** When the first of them failed, and when the next begins; ISO 8601. */
    readonly since: string
    readonly at: string
  }
}
