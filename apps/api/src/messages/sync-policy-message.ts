import type { MessageInitShape } from '@bufbuild/protobuf'
import type { SyncPolicy as Policy, WorkflowRequest } from '@plimsoll/domain'
import type { SyncPolicy, SyncPolicySchema } from '@plimsoll/proto'
import { defined } from './defined.ts'
import { durationText } from './duration-text.ts'

type PolicyRequest = NonNullable<WorkflowRequest['sync_policy']>

export function toPolicyRequest(policy: SyncPolicy): PolicyRequest {
  const { healthCheck: health, retry, syncWindows: windows } = policy
  return defined({
    auto_prune: policy.autoPrune,
    conflict_resolution: policy.conflictResolution,
    health_check:
      health && defined({ enabled: health.enabled, timeout: health.timeout, failure_mode: health.failureMode }),
    retry:
      retry &&
      defined({
        limit: retry.limit,
        backoff: retry.backoff,
        interval: retry.interval,
        max_duration: retry.maxDuration,
      }),
    rollback_limit: policy.rollbackLimit,
    self_heal: policy.selfHeal,
    prune_budget: policy.pruneBudget,
    pre_sync_hooks: policy.preSyncHooks?.values,
    post_sync_hooks: policy.postSyncHooks?.values,
    hook_timeout: policy.hookTimeout,
    sync_windows: windows?.windows.map(({ kind, schedule, duration, timeZone, manualSync }) => ({
      kind,
      schedule,
      duration,
      ...(timeZone !== '' && { time_zone: timeZone }),
      manual_sync: manualSync,
    })),
  })
}

/** What would have to be asked for to get this policy. */
export function policyRequestOf(policy: Policy): PolicyRequest {
  const { hook_timeout_ms: hookTimeoutMs, ...said } = policy
  const { timeout_ms: timeoutMs, ...health } = policy.health_check
  const { interval_ms: intervalMs, max_duration_ms: maxDurationMs, ...retry } = policy.retry
  return {
    ...said,
    hook_timeout: durationText(hookTimeoutMs),
    health_check: { ...health, timeout: durationText(timeoutMs) },
    retry: { ...retry, interval: durationText(intervalMs), max_duration: durationText(maxDurationMs) },
    sync_windows: policy.sync_windows.map(({ duration_ms: durationMs, ...window }) => ({
      ...window,
      duration: durationText(durationMs),
    })),
  }
}

export function toSyncPolicy(policy: Policy): MessageInitShape<typeof SyncPolicySchema> {
  const { health_check: health, retry, sync_windows: windows } = policy
  return {
    autoPrune: policy.auto_prune,
    conflictResolution: policy.conflict_resolution,
    healthCheck: {
      enabled: health.enabled,
      timeout: durationText(health.timeout_ms),
      ...(health.failure_mode !== null && { failureMode: health.failure_mode }),
    },
    retry: {
      limit: retry.limit,
      backoff: retry.backoff,
      interval: durationText(retry.interval_ms),
      maxDuration: durationText(retry.max_duration_ms),
    },
    rollbackLimit: policy.rollback_limit,
    selfHeal: policy.self_heal,
    pruneBudget: policy.prune_budget,
    preSyncHooks: { values: [...policy.pre_sync_hooks] },
    postSyncHooks: { values: [...policy.post_sync_hooks] },
    hookTimeout: durationText(policy.hook_timeout_ms),
    syncWindows: {
      windows: windows.map((window) => ({
        kind: window.kind,
        schedule: window.schedule,
        duration: durationText(window.duration_ms),
        timeZone: window.time_zone,
        manualSync: window.manual_sync,
      })),
    },
  }
}
