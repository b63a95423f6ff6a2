import { boundFaults, faultsText, identityOf, markLabel, onUnhealthy } from '@plimsoll/domain'
import type {
  EndedSync,
  FailureStage,
  Fault,
  Inventory,
  MadePlan,
  Steps,
  SyncMetrics,
  WorkflowConfig,
  WorkflowEvent,
} from '@plimsoll/domain'
import { KubernetesError, waitHealthy } from '@plimsoll/kubernetes'
import type { Cluster, CustomHealth, HealthResult, HealthTarget } from '@plimsoll/kubernetes'
import { applySteps, isFinal, resultingInventory, syncFault, unhealthyFault } from '@plimsoll/service'
import type { Outcome, Vault, Writer } from '@plimsoll/service'
import { CancelledError } from './watch-cancellation.ts'

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
  /** Aborts with a CancelledError when the sync is to stop before its next object. */
  readonly cancelled: AbortSignal
  readonly backUp: Writer['backUp']
  /** Another attempt has begun to carry the steps out. */
  readonly isResumed: boolean
  /** The plan was agreed to as it was shown. */
  readonly isAgreed: boolean
  readonly signal: AbortSignal
}

/** `rejects`: it failed by what the commit declares, not by a cluster that refuses its own engine. */
export type SyncEnd = { readonly events: readonly WorkflowEvent[]; readonly rejects: boolean }

/** Applies, prunes, and waits for health. Answers what to record; throws only what may pass. */
export async function runSync(run: SyncRun): Promise<SyncEnd> {
  const { vault, syncId, steps, plan, config } = run
  const outcomes: Outcome[] = []
  const failure = await carriedOut(run, outcomes)

  const failures = outcomes.flatMap((outcome) => (outcome.done === 'failed' ? [outcome] : []))
  // Stored only now: health may take hours, and what no event refers to is collected after one.
  const inventory = await vault.put(resultingInventory(run.inventory, steps, outcomes))
  const applied = outcomes.length - failures.length
  const wave: WorkflowEvent = {
    type: 'WaveApplied',
    data: { sync_id: syncId, applied, failed: failures.length, rebased: null },
  }
  if (failure !== undefined) {
    const { stage, faults, rejects } = failure
    const { revision } = plan
    const told = { message: faultsText(faults), faults: boundFaults(faults) }
    const data = { sync_id: syncId, revision, stage, ...told, inventory, metrics: metricsOf(run, outcomes) }
    if (stage !== 'health' || onUnhealthy(config) !== 'ignore')
      return { events: [wave, { type: 'SyncFailed', data }], rejects }
  }
  const succeeded: WorkflowEvent = {
    type: 'SyncSucceeded',
    data: {
      sync_id: syncId,
      revision: plan.revision,
      tree: plan.tree,
      paths: plan.paths,
      manifest_set: plan.manifest_set,
      inventory,
      message:
        failure === undefined
          ? 'Sync completed successfully'
          : `Applied, and not healthy: ${faultsText(failure.faults)}`,
      metrics: metricsOf(run, outcomes),
      healthy: failure === undefined,
    },
  }
  return { events: [wave, succeeded], rejects: false }
}

type Failure = { readonly stage: FailureStage; readonly faults: readonly Fault[]; readonly rejects: boolean }

/** What went wrong for good, if anything. What was done until then stands in `outcomes`. */
async function carriedOut(run: SyncRun, outcomes: Outcome[]): Promise<Failure | undefined> {
  const { steps, config } = run
  try {
    await applySteps(writerOf(run), steps.steps, (outcome) => outcomes.push(outcome))
    const failures = outcomes.flatMap((outcome) => (outcome.done === 'failed' ? [outcome] : []))
    if (failures.length > 0)
      return {
        stage: failures.every(({ action }) => action === 'delete') ? 'prune' : 'apply',
        faults: failures.map(({ fault }) => fault),
        rejects: failures.some(({ isOutside }) => !isOutside),
      }
    const unhealthy = await awaitHealth(run, resultingInventory(run.inventory, steps, outcomes), outcomes)
    const { timeout_ms: timeoutMs } = config.sync_policy.health_check
    return unhealthy.length === 0
      ? undefined
      : { stage: 'health', faults: unhealthy.map((seen) => unhealthyFault(seen, timeoutMs)), rejects: true }
  } catch (error) {
    if (error instanceof CancelledError)
      return { stage: 'cancelled', faults: [cancelFault(run, outcomes, error)], rejects: false }
    if (!(error instanceof KubernetesError) || run.signal.aborted || !isFinal(error)) throw error
    return { stage: 'apply', faults: [syncFault(config.destination.cluster, error)], rejects: false }
  }
}

function writerOf({
  cluster,
  vault,
  config,
  ownedDigest,
  cancelled,
  backUp,
  isResumed,
  isAgreed,
  signal,
  ...run
}: SyncRun): Writer {
  // What is on its way is finished: to cut a write off leaves open whether it was carried out.
  const mayWrite = (): void => {
    cancelled.throwIfAborted()
    run.mayWrite()
  }
  return { cluster, config, mark: vault.mark, hash: ownedDigest, mayWrite, backUp, isResumed, isAgreed, signal }
}

/** What was done stays: it is said, and the next sync goes on from there. */
function cancelFault({ config, steps }: SyncRun, outcomes: readonly Outcome[], { message }: CancelledError): Fault {
  return {
    what: `the sync was stopped after ${outcomes.length} of ${steps.steps.length} changes`,
    where: `workflow ${config.id}`,
    because: message,
    try: 'sync again to go on from there, or roll back to what was before',
  }
}

/** Waits for what this sync changed; for all that Git declares, if the sync before left something unhealthy. */
async function awaitHealth(
  { cluster, vault, config, steps, last, customHealth, cancelled, signal }: SyncRun,
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
    signal: AbortSignal.any([signal, cancelled]),
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
