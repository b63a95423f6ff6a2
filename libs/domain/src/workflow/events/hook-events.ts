import type { HookPhase } from '../../hooks/hook.ts'

// Stored in the event log: rename or reshape only with an upcaster. `sync_id` is that of the sync, or of the rollback.
export type HookEvent =
  | {
      /** Recorded before the hook is run: it may have been run, or not, when nothing more is said of it. */
      readonly type: 'HookStarted'
      readonly data: { readonly sync_id: string; readonly phase: HookPhase; readonly hook: string }
    }
  | {
      /** Recorded as the hook ends: it is not run again for this sync. */
      readonly type: 'HookFinished'
      readonly data: {
        readonly sync_id: string
        readonly phase: HookPhase
        /** Its name in its phase: `Job/migrate`, `pre_sync_hooks[0]`. */
        readonly hook: string
        readonly ok: boolean
        readonly message: string
        /** A failure lies in the cluster or in our rights there, and not in what Git declares. */
        readonly outside: boolean
        readonly duration_ms: number
        /** Digest of a sealed blob with the end of what it has written; null if there is none. */
        readonly output: string | null
      }
    }
