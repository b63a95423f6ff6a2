/** What holds a planned sync back, beside an approval that it waits for. */
export type Gate = 'pause' | 'dependency' | 'window'

/** Whose work is due again, as roles of the engine, and who said so. */
export type Unparked = { readonly roles: readonly string[]; readonly by: string; readonly reason: string }

// Stored in the event log: rename or reshape only with an upcaster. `by` is the name of an access token.
export type GateEvent =
  | { readonly type: 'WorkflowPaused'; readonly data: { readonly by: string; readonly reason: string } }
  | { readonly type: 'WorkflowResumed'; readonly data: { readonly by: string } }
  | {
      /** Said once for each reason; the sync goes on by itself when it is over. */
      readonly type: 'SyncHeld'
      readonly data: { readonly sync_id: string; readonly gate: Gate; readonly message: string }
    }
  | {
      readonly type: 'ApprovalRequested'
      readonly data: {
        readonly sync_id: string
        /** Digest of the plan that an approval is for. */
        readonly plan: string
        /** ISO 8601 */
        readonly expires_at: string
        /** What asks for it: the workflow's policy, or how much would be deleted. Empty in an older event. */
        readonly reason: string
      }
    }
  | {
      readonly type: 'SyncApproved'
      readonly data: { readonly sync_id: string; readonly plan: string; readonly by: string; readonly reason: string }
    }
  | {
      readonly type: 'SyncRefused'
      readonly data: { readonly sync_id: string; readonly by: string; readonly reason: string }
    }
  | {
      /** Work of the engine that was set aside is due again. */
      readonly type: 'WorkflowUnparked'
      readonly data: Unparked
    }
  | {
      /** The sync stops before its next object, and fails. */
      readonly type: 'CancelRequested'
      readonly data: { readonly sync_id: string; readonly by: string; readonly reason: string }
    }
