import { parseDuration } from '../../duration.ts'
import type { Problem } from '../../checked.ts'
import { hookPolicy } from './hook-commands.ts'
import type { HookPolicy, HookPolicyRequest } from './hook-commands.ts'
import { oneOf } from '../../one-of.ts'
import { retryPolicy } from './retry.ts'
import type { RetryPolicy, RetryRequest } from './retry.ts'
import { syncWindows } from './sync-window.ts'
import type { SyncWindow, SyncWindowRequest } from './sync-window.ts'

export type ConflictResolution = 'fail' | 'take'
export type FailureMode = 'ignore' | 'fail' | 'rollback'

export type SyncPolicy = HookPolicy & {
  readonly auto_prune: boolean
  /** Whole percent of what a workflow owns that one sync may delete without anybody's approval. */
  readonly prune_budget: number
  /** What others change of ours is put back. */
  readonly self_heal: boolean
  readonly conflict_resolution: ConflictResolution
  readonly retry: RetryPolicy
  /** After so many automatic rollbacks in a row auto-sync waits for a person. */
  readonly rollback_limit: number
  readonly sync_windows: readonly SyncWindow[]
  readonly health_check: {
    readonly enabled: boolean
    readonly timeout_ms: number
    /** What an unhealthy outcome comes to; null leaves that to `rollback_on_failure`. */
    readonly failure_mode: FailureMode | null
  }
}

/** What a caller may say; all has a default. Durations are texts such as `10m`. */
export type SyncPolicyRequest = HookPolicyRequest & {
  readonly auto_prune?: boolean
  readonly prune_budget?: number
  readonly self_heal?: boolean
  readonly conflict_resolution?: string
  readonly retry?: RetryRequest
  readonly rollback_limit?: number
  readonly sync_windows?: readonly SyncWindowRequest[]
  readonly health_check?: {
    readonly enabled?: boolean
    readonly timeout?: string
    readonly failure_mode?: string | null
  }
}

const defaultHealthTimeoutMs = 300_000
const longestHealthTimeoutMs = 86_400_000
const defaultRollbackLimit = 2
const defaultPruneBudget = 50

/** Fills the defaults in and checks every field. */
export function syncPolicy(request: SyncPolicyRequest, refuse: (problem: Problem) => void): SyncPolicy {
  const health_check = healthCheck(request.health_check ?? {}, refuse)
  const resolution = oneOf(request.conflict_resolution ?? 'fail', ['fail', 'take'] as const)
  if (resolution === undefined) refuse({ field: 'sync_policy.conflict_resolution', message: 'must be fail or take' })
  const limit = request.rollback_limit ?? defaultRollbackLimit
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    refuse({ field: 'sync_policy.rollback_limit', message: 'must be a whole number from 1 to 100' })
  const budget = request.prune_budget ?? defaultPruneBudget
  if (!Number.isInteger(budget) || budget < 0 || budget > 100)
    refuse({ field: 'sync_policy.prune_budget', message: 'must be a whole number of percent from 0 to 100' })
  return {
    ...hookPolicy(request, refuse),
    auto_prune: request.auto_prune ?? false,
    prune_budget: budget,
    self_heal: request.self_heal ?? false,
    conflict_resolution: resolution ?? 'fail',
    retry: retryPolicy(request.retry ?? {}, refuse),
    rollback_limit: limit,
    sync_windows: syncWindows(request.sync_windows ?? [], refuse),
    health_check,
  }
}

function healthCheck(
  { enabled = true, timeout, failure_mode: mode = null }: NonNullable<SyncPolicyRequest['health_check']>,
  refuse: (problem: Problem) => void,
): SyncPolicy['health_check'] {
  const timeoutMs = timeout === undefined ? defaultHealthTimeoutMs : parseDuration(timeout)
  if (timeoutMs === undefined || timeoutMs <= 0 || timeoutMs > longestHealthTimeoutMs)
    refuse({
      field: 'sync_policy.health_check.timeout',
      message: `${JSON.stringify(timeout)} is no duration of at most 24h: write 30s, 10m or 1h30m`,
    })
  const failureMode = mode === null ? null : oneOf(mode, ['ignore', 'fail', 'rollback'] as const)
  if (failureMode === undefined)
    refuse({ field: 'sync_policy.health_check.failure_mode', message: 'must be ignore, fail or rollback' })
  return { enabled, timeout_ms: timeoutMs ?? defaultHealthTimeoutMs, failure_mode: failureMode ?? null }
}
