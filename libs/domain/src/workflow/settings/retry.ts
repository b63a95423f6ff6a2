import { parseDuration } from '../../duration.ts'
import type { Problem } from '../../checked.ts'
import type { FailureStage } from '../sync-result.ts'
import { oneOf } from '../../one-of.ts'

const backoffs = ['exponential', 'linear', 'fixed'] as const

/** How often, and when, a sync that failed is tried again by itself. */
export type RetryPolicy = {
  /** Further tries; 0: none. */
  readonly limit: number
  readonly backoff: (typeof backoffs)[number]
  /** Before the first further try. */
  readonly interval_ms: number
  /** From the first failure on: no try begins later. */
  readonly max_duration_ms: number
}

export type RetryRequest = {
  readonly limit?: number
  readonly backoff?: string
  readonly interval?: string
  readonly max_duration?: string
}

const defaultIntervalMs = 5_000
const defaultMaxDurationMs = 600_000
const triesAtMost = 100
const longestMs = 86_400_000

export function retryPolicy(request: RetryRequest, refuse: (problem: Problem) => void): RetryPolicy {
  const { limit = 0, backoff = 'exponential' } = request
  const known = oneOf(backoff, backoffs)
  if (!Number.isInteger(limit) || limit < 0 || limit > triesAtMost)
    refuse({ field: 'sync_policy.retry.limit', message: `must be a whole number from 0 to ${triesAtMost}` })
  if (known === undefined) refuse({ field: 'sync_policy.retry.backoff', message: `must be ${backoffs.join(', ')}` })
  const durationOf = (field: 'interval' | 'max_duration', otherwise: number): number => {
    const text = request[field]
    const ms = text === undefined ? otherwise : parseDuration(text)
    if (ms !== undefined && ms > 0 && ms <= longestMs) return ms
    refuse({
      field: `sync_policy.retry.${field}`,
      message: `${JSON.stringify(text)} is no duration of at most 24h: write 5s or 10m`,
    })
    return otherwise
  }
  return {
    limit,
    backoff: known ?? 'exponential',
    interval_ms: durationOf('interval', defaultIntervalMs),
    max_duration_ms: durationOf('max_duration', defaultMaxDurationMs),
  }
}

/**
 * In how many milliseconds a sync is tried again after `failures` tries that failed, the first `sinceMs` ago; undefined if
 * it is not. `jitter`, from 0 to 1, spreads what failed together over a fifth of the wait.
 */
export function retryAfterMs(
  { limit, backoff, interval_ms: interval, max_duration_ms: longest }: RetryPolicy,
  { failures, sinceMs }: { readonly failures: number; readonly sinceMs: number },
  jitter: number,
): number | undefined {
  if (failures > limit) return undefined
  const factor = { exponential: 2 ** (failures - 1), linear: failures, fixed: 1 }[backoff]
  const wait = Math.round(interval * factor * (1 + jitter / 5))
  return sinceMs + wait <= longest ? wait : undefined
}

/**
 * What can pass on a second try: the state of the cluster may have changed. What the commit itself is to blame for fails
 * again, and the source is read again without being asked.
 */
const worthARetry: Readonly<Record<FailureStage, boolean>> = {
  source: false,
  render: false,
  plan: false,
  approval: false,
  hook: true,
  apply: true,
  prune: true,
  health: true,
  cancelled: false,
}

export function isWorthRetrying(stage: FailureStage): boolean {
  return worthARetry[stage]
}
