import { parseDuration } from '../../duration.ts'
import { impacts } from '../../impact.ts'
import type { Impact } from '../../impact.ts'
import type { Problem } from '../../checked.ts'
import { oneOf } from '../../one-of.ts'

/** Which syncs wait until a person has approved their plan. */
export type ApprovalConfig = {
  /** All of them. */
  readonly required: boolean
  /** Those with a change of this impact or a higher one; null: none for that reason. */
  readonly from_impact: Impact | null
  /** Who asked for the sync may approve it too. */
  readonly allow_requester: boolean
  /** A sync that nobody has approved by then fails. */
  readonly expires_ms: number
}

export type ApprovalRequest = {
  readonly required?: boolean
  readonly from_impact?: string | null
  readonly allow_requester?: boolean
  readonly expires?: string
}

const defaultExpiryMs = 86_400_000
const longestExpiryMs = 30 * 86_400_000

export function approvalConfig(request: ApprovalRequest, refuse: (problem: Problem) => void): ApprovalConfig {
  const { from_impact: from = null, expires } = request
  const impact = from === null ? null : oneOf(from, impacts)
  if (impact === undefined) refuse({ field: 'approval.from_impact', message: `must be ${impacts.join(', ')}` })
  const expiresMs = expires === undefined ? defaultExpiryMs : parseDuration(expires)
  if (expiresMs === undefined || expiresMs <= 0 || expiresMs > longestExpiryMs)
    refuse({
      field: 'approval.expires',
      message: `${JSON.stringify(expires)} is no duration of at most 30 days: write 8h or 24h`,
    })
  return {
    required: request.required ?? false,
    from_impact: impact ?? null,
    allow_requester: request.allow_requester ?? false,
    expires_ms: expiresMs ?? defaultExpiryMs,
  }
}

/** Why the workflow's policy wants a plan of this highest impact approved; nothing when it does not. */
export function approvalReasons(config: ApprovalConfig, highest: Impact | null): readonly string[] {
  if (!needsApproval(config, highest)) return []
  return [config.required ? 'approval.required is set' : `it has a change of ${highest} impact`]
}

/** Whether a plan of this highest impact has to be approved. */
export function needsApproval({ required, from_impact: from }: ApprovalConfig, highest: Impact | null): boolean {
  if (required) return true
  return from !== null && highest !== null && impacts.indexOf(highest) >= impacts.indexOf(from)
}
