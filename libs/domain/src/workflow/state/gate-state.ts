import type { Gate } from '../events/gate-events.ts'

/** Set by a person: no sync begins by itself. */
export type Pause = { readonly by: string; readonly reason: string }

export type Held = { readonly gate: Gate; readonly message: string }

/** An approval that was asked for; `approved_by` is null until someone has given it. */
export type Approval = {
  readonly plan: string
  readonly expires_at: string
  /** What asks for it; empty if that was not recorded. */
  readonly reason: string
  readonly approved_by: string | null
}

/** What was said about an open sync that nobody has begun, or that is to stop. */
export type Gated = {
  readonly held: Held | null
  readonly approval: Approval | null
  readonly cancelled: { readonly by: string; readonly reason: string } | null
}

export const ungated: Gated = { held: null, approval: null, cancelled: null }
