import {
  boundFaults,
  boundText,
  describeRef,
  faultsText,
  identityOf,
  markLabel,
  onUnhealthy,
  refOf,
} from '@plimsoll/domain'
import type {
  FailureStage,
  Fault,
  Inventory,
  InventoryEntry,
  OpenRollback,
  SyncMetrics,
  WorkflowEvent,
} from '@plimsoll/domain'
import { KubernetesError, waitHealthy } from '@plimsoll/kubernetes'
import { applySteps, identityOfOutcome, isFinal, syncFault, unhealthyFault } from '@plimsoll/service'
import type { HookFailure, Hooks, Outcome } from '@plimsoll/service'
import { inParallel } from '@plimsoll/runtime'
import type { Beginning } from './begin-rollback.ts'
import { giveBack } from './give-back.ts'
import type { Scene } from './scene.ts'
import { clearLeftHooks, openRollbackHooks } from './rollback-hooks.ts'
import type { Writing } from './rollback-hooks.ts'

const writesInFlight = 16
const textsAtMost = 50

/** Writes what was planned, gives fields back to their owners, waits for health, and runs hooks around that. Answers what to record. */
export async function runRollback(
  scene: Scene,
  rollback: OpenRollback,
  begun: Beginning,
  writing: Writing,
): Promise<readonly WorkflowEvent[]> {
  const { vault, config } = scene
  const { scope, steps } = begun
  const outcomes: Outcome[] = []
  const hooks = openRollbackHooks(scene, rollback, begun, writing)
  const failure = await afterFailure(
    config,
    hooks,
    await carriedOut(scene, rollback, begun, { writing, hooks, outcomes }),
  )
  const left = [...steps.left, ...outcomes.flatMap(changedMeanwhile)]
  const told = { kept: bounded(steps.kept), left: bounded(left) }
  const inventory = await vault.put(resulting(begun, outcomes))
  const metrics = metricsOf(begun, outcomes)
  const faults = [...(failure?.faults ?? []), ...left.map((text) => leftFault(config.id, text))]
  const isIgnored = failure?.stage === 'health' && onUnhealthy(config) === 'ignore'
  if (faults.length > 0 && !(isIgnored && left.length === 0)) {
    const stage: FailureStage = failure?.stage ?? 'apply'
    const data = { rollback_id: rollback.id, stage, message: faultsText(faults), faults: boundFaults(faults) }
    return [{ type: 'RollbackFailed', data: { ...data, ...told, inventory, metrics } }]
  }
  const { applied, syncs } = scope
  return [
    {
      type: 'RollbackSucceeded',
      data: {
        rollback_id: rollback.id,
        undoes: syncs
          .map(({ id }) => id)
          .toReversed()
          .slice(0, 100),
        revision: applied?.revision ?? null,
        tree: applied?.tree ?? null,
        paths: applied?.paths ?? [],
        manifest_set: applied?.manifest_set ?? null,
        inventory,
        message: failure === undefined ? 'Rolled back' : `Rolled back, and not healthy: ${faultsText(faults)}`,
        metrics,
        healthy: failure === undefined,
        ...told,
      },
    },
  ]
}

type Failure = { readonly stage: FailureStage; readonly faults: readonly Fault[] }

/** What went wrong for good, if anything; one object that fails does not keep the others from being put back. */
async function carriedOut(
  scene: Scene,
  { force, started }: OpenRollback,
  { scope, steps }: Beginning,
  { writing, hooks, outcomes }: { readonly writing: Writing; readonly hooks: Hooks; readonly outcomes: Outcome[] },
): Promise<Failure | undefined> {
  const { mayWrite } = writing
  const { cluster, config, vault, hash, context } = scene
  const { signal } = context
  // What others have changed meanwhile is left to them, whatever syncs may take.
  const policy = { ...config, ignore: [], sync_policy: { ...config.sync_policy, conflict_resolution: 'fail' as const } }
  const writer = {
    cluster,
    config: policy,
    mark: vault.mark,
    hash,
    mayWrite,
    signal,
    backUp: async () => {},
    isResumed: started !== null,
  }
  try {
    await clearLeftHooks(scene, scope, writing)
    // What cannot be run keeps nothing from being put back.
    const before = await hooks.run('PreSync')
    await applySteps(writer, steps.steps, (outcome) => outcomes.push(outcome), { goesOn: true })
    await inParallel(steps.returns, writesInFlight, (given) => giveBack(scene, given, mayWrite))
    const failed = outcomes.flatMap((outcome) =>
      outcome.done === 'failed' && (force || outcome.kind !== 'conflict-fields') ? [outcome.fault] : [],
    )
    if (failed.length > 0) return { stage: 'apply', faults: failed }
    const amid = before ?? (await hooks.run('Sync'))
    const unhealthy = await awaitHealth(scene, steps, outcomes)
    if (amid !== undefined) return { ...amid, faults: [...amid.faults, ...unhealthy] }
    if (unhealthy.length > 0 && onUnhealthy(config) !== 'ignore') return { stage: 'health', faults: unhealthy }
    const after = await hooks.run('PostSync')
    return after ?? (unhealthy.length === 0 ? undefined : { stage: 'health', faults: unhealthy })
  } catch (error) {
    if (!(error instanceof KubernetesError) || signal.aborted || !isFinal(error)) throw error
    return { stage: 'apply', faults: [syncFault(config.destination.cluster, error)] }
  }
}

/** The hooks of a rollback that has failed; what fails in them is told too. */
async function afterFailure(
  config: Scene['config'],
  hooks: Hooks,
  failure: Failure | undefined,
): Promise<Failure | undefined> {
  if (failure === undefined || (failure.stage === 'health' && onUnhealthy(config) === 'ignore')) return failure
  const again: HookFailure | undefined = await hooks.run('SyncFail')
  return again === undefined ? failure : { ...failure, faults: [...failure.faults, ...again.faults] }
}

async function awaitHealth(
  { cluster, vault, config, customHealth, context }: Scene,
  { entries, same }: Beginning['steps'],
  outcomes: readonly Outcome[],
): Promise<readonly Fault[]> {
  const { enabled, timeout_ms: timeoutMs } = config.sync_policy.health_check
  if (!enabled) return []
  const ours = new Set(entries.map(identityOf))
  const targets = outcomes.flatMap((outcome) =>
    outcome.done === 'applied' && ours.has(identityOf(outcome.entry))
      ? [{ ref: outcome.entry, generation: outcome.generation }]
      : [],
  )
  const { results } = await waitHealthy(cluster, [...same.map((ref) => ({ ref })), ...targets], {
    timeoutMs,
    signal: context.signal,
    labelSelector: `${markLabel}=${vault.mark}`,
    custom: customHealth,
  })
  return results
    .filter(({ health: { status } }) => status !== 'Healthy' && status !== 'Suspended')
    .map((seen) => unhealthyFault(seen, timeoutMs))
}

/** What is ours afterwards: as before what is undone, and what could not be put back as it is. */
function resulting({ steps, inventory }: Beginning, outcomes: readonly Outcome[]): Inventory {
  const claimed = new Map(inventory.entries.map((entry) => [identityOf(entry), entry]))
  const before = new Map(steps.entries.map((entry) => [identityOf(entry), entry]))
  const done = new Map(outcomes.map((outcome) => [identityOfOutcome(outcome), outcome]))
  const written = steps.steps.flatMap((step): readonly InventoryEntry[] => {
    const identity = identityOf(step.action === 'delete' ? step.ref : refOf(step.object))
    const outcome = done.get(identity)
    if (outcome?.done === 'deleted') return []
    if (outcome?.done !== 'applied') return [claimed.get(identity)].filter((entry) => entry !== undefined)
    const then = before.get(identity)
    const { uid, owned, created } = outcome.entry
    return then === undefined ? [] : [{ ...then, uid, owned, ...(created && { created }) }]
  })
  return { entries: [...steps.stays, ...written] }
}

function changedMeanwhile(outcome: Outcome): readonly string[] {
  return outcome.done === 'failed' && outcome.kind === 'conflict-fields'
    ? [`${describeRef(outcome.ref)}: ${outcome.fault.because}`]
    : []
}

function leftFault(workflow: string, text: string): Fault {
  const [where = '', because = ''] = text.split(/: (.*)/s)
  return {
    what: `${where} is left as it is`,
    where,
    because,
    try: `look at it; \`plimsoll rollback ${workflow} --force\` puts back what others have changed, too`,
  }
}

function metricsOf({ steps, startedAt }: Beginning, outcomes: readonly Outcome[]): SyncMetrics {
  return {
    duration_ms: Math.max(0, Date.now() - startedAt.getTime()),
    resources_processed: steps.processed,
    resources_applied: outcomes.filter(({ done }) => done !== 'failed').length,
    resources_skipped: steps.processed - steps.steps.length,
    conflicts_resolved: outcomes.filter((outcome) => outcome.done === 'applied' && outcome.resolved).length,
  }
}

function bounded(texts: readonly string[]): readonly string[] {
  return texts.slice(0, textsAtMost).map((text) => boundText(text, 300))
}
