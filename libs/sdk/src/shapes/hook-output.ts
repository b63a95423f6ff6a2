export type HookPhase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail'

type OfHook = {
  /** A sync or a rollback. */
  readonly sync_id: string
  readonly phase: HookPhase
  /** The command, or kind and name of the object. */
  readonly hook: string
}

/** A part of what a hook wrote, masked; standard output and standard error together. */
export type HookText = OfHook & { readonly type: 'text'; readonly text: string }

export type HookEnd = OfHook & {
  readonly type: 'end'
  readonly ok: boolean
  readonly message: string
  readonly duration_ms: number
  /** RFC 3339; absent while it is not recorded yet. */
  readonly ended_at?: string
}

/** It runs already, has begun, or waits for something else by now. */
export type HookRunning = OfHook & {
  readonly type: 'running'
  /** Empty where nobody tells. */
  readonly waits_for: string
}

export type HookOutput = HookRunning | HookText | HookEnd
