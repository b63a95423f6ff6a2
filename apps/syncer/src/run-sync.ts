import { boundFaults, faultsText, identityOf, markLabel } from '@plimsoll/domain'
import type {
  EndedSync,
  FailureStage,
  Fault,
  Inventory,
  KubernetesObject,
  MadePlan,
  Steps,
  SyncMetrics,
  WorkflowConfig,
  WorkflowEvent,
} from '@plimsoll/domain'
import { waitHealthy } from '@plimsoll/kubernetes'
import type { Cluster, CustomHealth, HealthResult, HealthTarget } from '@plimsoll/kubernetes'
import { applySteps, resultingInventory, unhealthyFault } from '@plimsoll/service'
import type { Outcome, Vault, Writer } from '@plimsoll/service'

export type SyncRun = {
  readonly cluster: Cluster
  readonly vault: Vault
  readonly config: WorkflowConfig
  readonly plan: MadePlan
  readonly syncId: string
  readonly steps: Steps
  /** What is ours since the sync began. */
  readonly inventory: Inventory
  /** How the sync before this one ended. */
  readonly last: EndedSync | null
  readonly startedAt: Date
  /** Digests the fields that are ours in a live object. */
  readonly ownedDigest: (text: string) => string
  readonly customHealth: CustomHealth | undefined
  readonly mayWrite: () => void
  readonly signal: AbortSignal
}

/** Applies, prunes, and waits for health. Answers what to record; throws only what may pass. */
export async function runSync(run: SyncRun): Promise<readonly WorkflowEvent[]> {
  const { vault, syncId, steps, plan } = run
  const rebased: KubernetesObject[] = []
  const outcomes: Outcome[] = []
  await applySteps(writerOf(run, rebased), steps.steps, (outcome) => outcomes.push(outcome))

  const result = resultingInventory(run.inventory, steps, outcomes)
  const failures = outcomes.flatMap((outcome) => (outcome.done === 'failed' ? [outcome] : []))
  const { failure_mode: mode, timeout_ms: timeoutMs } = run.config.sync_policy.health_check
  const unhealthy = failures.length > 0 ? [] : await awaitHealth(run, result, outcomes)
  const faults = unhealthy.map((seen) => unhealthyFault(seen, timeoutMs))

  // Stored only now: health may take hours, and what no event refers to is collected after one.
  const applied = await vault.put(result)
  const wave: WorkflowEvent = {
    type: 'WaveApplied',
    data: {
      sync_id: syncId,
      applied: outcomes.length - failures.length,
      failed: failures.length,
      rebased: rebased.length === 0 ? null : await vault.put({ objects: rebased }),
    },
  }
  const failed = (stage: FailureStage, causes: readonly Fault[]): WorkflowEvent => ({
    type: 'SyncFailed',
    data: {
      sync_id: syncId,
      revision: plan.revision,
      stage,
      message: faultsText(causes),
      faults: boundFaults(causes),
      inventory: applied,
      metrics: metricsOf(run, outcomes),
    },
  })
  if (failures.length > 0)
    return [
      wave,
      failed(
        failures.every(({ action }) => action === 'delete') ? 'prune' : 'apply',
        failures.map(({ fault }) => fault),
      ),
    ]
  if (faults.length > 0 && mode !== 'ignore') return [wave, failed('health', faults)]
  const succeeded: WorkflowEvent = {
    type: 'SyncSucceeded',
    data: {
      sync_id: syncId,
      revision: plan.revision,
      tree: plan.tree,
      paths: plan.paths,
      manifest_set: plan.manifest_set,
      inventory: applied,
      message: faults.length === 0 ? 'Sync completed successfully' : `Applied, and not healthy: ${faultsText(faults)}`,
      metrics: metricsOf(run, outcomes),
      healthy: faults.length === 0,
    },
  }
  return [wave, succeeded]
}

function writerOf(
  { cluster, vault, config, ownedDigest, mayWrite, signal }: SyncRun,
  rebased: KubernetesObject[],
): Writer {
  return {
    cluster,
    config,
    mark: vault.mark,
    hash: ownedDigest,
    mayWrite,
    backUp: async (live) => {
      await vault.put({ objects: [live] })
      rebased.push(live)
    },
    signal,
  }
}

/** Waits for what this sync changed; for all that Git declares, if the sync before left something unhealthy. */
async function awaitHealth(
  { cluster, vault, config, steps, last, customHealth, signal }: SyncRun,
  { entries }: Inventory,
  outcomes: readonly Outcome[],
): Promise<readonly HealthResult[]> {
  const { enabled, timeout_ms: timeoutMs } = config.sync_policy.health_check
  if (!enabled) return []
  const changed = outcomes.flatMap((outcome): HealthTarget[] =>
    outcome.done === 'applied' ? [{ ref: outcome.entry, generation: outcome.generation }] : [],
  )
  const leftovers = new Set(steps.leftovers.map(identityOf))
  const declared = entries.filter((entry) => !leftovers.has(identityOf(entry)))
  const targets = last?.healthy === false ? [...declared.map((ref) => ({ ref })), ...changed] : changed
  const { results } = await waitHealthy(cluster, targets, {
    timeoutMs,
    signal,
    labelSelector: `${markLabel}=${vault.mark}`,
    custom: customHealth,
  })
  return results.filter(({ health: { status } }) => status !== 'Healthy' && status !== 'Suspended')
}

function metricsOf({ steps, startedAt }: SyncRun, outcomes: readonly Outcome[]): SyncMetrics {
  const deletions = steps.steps.filter(({ action }) => action === 'delete').length
  const changes = steps.steps.length
  return {
    duration_ms: Math.max(0, Date.now() - startedAt.getTime()),
    resources_processed: steps.processed + deletions,
    resources_applied: outcomes.filter(({ done }) => done !== 'failed').length,
    resources_skipped: steps.processed + deletions - changes,
    conflicts_resolved: outcomes.filter((outcome) => outcome.done === 'applied' && outcome.resolved).length,
  }
}
