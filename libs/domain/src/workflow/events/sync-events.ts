import type { Fault } from '../../fault.ts'
import type { FailureStage, SyncMetrics, SyncTrigger } from '../sync-result.ts'

// Stored in the event log: rename or reshape only with an upcaster.
export type SyncEvent =
  | {
      readonly type: 'SyncRequested'
      readonly data: {
        readonly sync_id: string
        readonly trigger: SyncTrigger
        readonly revision: string | null
        /** Digest of the plan that is to be carried out: another one ends the sync before its first write. null: any. */
        readonly plan: string | null
        /** Who asked for it, the name of an access token; null: nobody, it came by itself. */
        readonly by: string | null
        /** Objects that are never removed unasked go too, if Git no longer has them and somebody approves the plan. */
        readonly prune_kept: boolean
      }
    }
  | {
      readonly type: 'SyncStarted'
      readonly data: {
        readonly sync_id: string
        readonly revision: string
        readonly attempt: number
        readonly plan: string
        readonly steps: string
        readonly manifest_set: string
        readonly backup: string
        readonly inventory: string
        readonly resources: number
      }
    }
  | { readonly type: 'SyncStalled'; readonly data: { readonly sync_id: string; readonly message: string } }
  | {
      /** Someone changed objects after they were backed up: as they are now, before the sync writes to them. */
      readonly type: 'BackupExtended'
      readonly data: { readonly sync_id: string; readonly backup: string }
    }
  | {
      readonly type: 'WaveApplied'
      readonly data: {
        readonly sync_id: string
        readonly wave: number
        readonly applied: number
        readonly failed: number
        readonly rebased: string | null
      }
    }
  | {
      readonly type: 'SyncSucceeded'
      readonly data: {
        readonly sync_id: string
        readonly revision: string
        readonly tree: string
        readonly paths: readonly string[]
        readonly manifest_set: string
        readonly inventory: string
        readonly message: string
        readonly metrics: SyncMetrics
        readonly healthy: boolean
      }
    }
  | {
      readonly type: 'SyncFailed'
      readonly data: {
        readonly sync_id: string
        readonly revision: string | null
        readonly stage: FailureStage
        readonly message: string
        readonly faults: readonly Fault[]
        readonly inventory: string | null
        readonly metrics: SyncMetrics
      }
    }
  | {
      readonly type: 'SyncSuperseded'
      readonly data: {
        readonly sync_id: string
        /** The sync that came in its place, or what did. */
        readonly by: string
        /** Of one that wrote and only waited for health: what it leaves. null of one that never began. */
        readonly revision: string | null
        readonly inventory: string | null
        readonly metrics: SyncMetrics | null
      }
    }
