import { boundFaults, faultsText, onUnhealthy, supersedeApplied } from '@plimsoll/domain'
import type { Fault, SyncMetrics, WorkflowEvent } from '@plimsoll/domain'
import { KubernetesError } from '@plimsoll/kubernetes'
import { isFinal, resultingInventory, syncFault } from '@plimsoll/service'
import type { Outcome, Writer } from '@plimsoll/service'
import { afterFailure, applyInPhases } from './apply-in-phases.ts'
import type { Parts } from './apply-in-phases.ts'
import type { Failure } from './await-health.ts'
import { openSyncHooks } from './hooks/open-sync-hooks.ts'
import { openWaves } from './open-waves.ts'
import { CancelledError } from './watch-cancellation.ts'
import { SupersededError } from './watch-successor.ts'
import type { SyncRun } from './sync-run.ts'

/** `rejects`: it failed by what the commit declares, not by a cluster that refuses its own engine. */
export type SyncEnd = { readonly events: readonly WorkflowEvent[]; readonly rejects: boolean }

/** Runs hooks, applies, waits for health and prunes. Answers what to record; throws only what may pass. */
export async function runSync(run: SyncRun): Promise<SyncEnd> {
  const { vault, syncId, steps, plan, config } = run
  const outcomes: Outcome[] = []
  const waves = openWaves(run, outcomes)
  const writer = writerOf(run)
  const hooks = openSyncHooks(run)
  const parts = { writer, outcomes, waves, hooks }
  const failure = await afterFailure(run, parts, await carriedOut(run, parts))

  // Stored only now: health may take hours, and what no event refers to is collected after one.
  const inventory = await vault.put(resultingInventory(run.inventory, steps, outcomes))
  const wave = waves.newest()
  if (failure instanceof SupersededError) {
    const { by } = failure
    const data = { sync_id: syncId, by, revision: plan.revision, inventory, metrics: metricsOf(run, outcomes) }
    return { events: [...wave, supersedeApplied(data)], rejects: false }
  }
  if (failure !== undefined) {
    const { stage, faults, rejects } = failure
    const { revision } = plan
    const told = { message: faultsText(faults), faults: boundFaults(faults) }
    const data = { sync_id: syncId, revision, stage, ...told, inventory, metrics: metricsOf(run, outcomes) }
    if (stage !== 'health' || onUnhealthy(config) !== 'ignore')
      return { events: [...wave, { type: 'SyncFailed', data }], rejects }
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
  return { events: [...wave, succeeded], rejects: false }
}

/** What went wrong for good, if anything. What was done until then stands in `outcomes`. */
async function carriedOut(run: SyncRun, parts: Parts): Promise<Failure | SupersededError | undefined> {
  const { config } = run
  const { outcomes } = parts
  try {
    return await applyInPhases(run, parts)
  } catch (error) {
    if (error instanceof SupersededError) return error
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
  workflowOf,
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
  return {
    cluster,
    config,
    mark: vault.mark,
    hash: ownedDigest,
    mayWrite,
    backUp,
    workflowOf,
    isResumed,
    isAgreed,
    signal,
  }
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
