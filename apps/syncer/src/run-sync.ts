import { boundFaults, faultsText, identityOf, markLabel, onUnhealthy, supersedeApplied, waveOf } from '@plimsoll/domain'
import type {
  EndedSync,
  FailureStage,
  Fault,
  HookRecord,
  Inventory,
  MadePlan,
  Step,
  Steps,
  SyncMetrics,
  WorkflowConfig,
  WorkflowEvent,
} from '@plimsoll/domain'
import { KubernetesError, waitHealthy } from '@plimsoll/kubernetes'
import type { Cluster, CustomHealth, HealthTarget } from '@plimsoll/kubernetes'
import { applySteps, isFinal, resultingInventory, syncFault, unhealthyFault } from '@plimsoll/service'
import type { Hooks, Outcome, RunCommand, Vault, Writer } from '@plimsoll/service'
import { openSyncHooks } from './hooks/open-sync-hooks.ts'
import { neededFirst } from './hooks/needed-first.ts'
import { CancelledError } from './watch-cancellation.ts'
import { SupersededError } from './watch-successor.ts'

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
  /** Records what is done while more follows. */
  readonly record: (events: readonly WorkflowEvent[]) => Promise<void>
  readonly hooks: {
    /** What is recorded of the hooks of this sync. */
    readonly records: readonly HookRecord[]
    /** Values that must not be seen in what hooks write. */
    readonly hidden: () => Promise<Iterable<string>>
    readonly runCommand: RunCommand
  }
  readonly mayWrite: () => void
  /** Aborts with a CancelledError when the sync is to stop before its next object. */
  readonly cancelled: AbortSignal
  /** Called for each wait for health: its signal aborts with a SupersededError when something newer can begin. */
  readonly watchSuccessor: () => AsyncDisposable & { readonly signal: AbortSignal }
  readonly backUp: Writer['backUp']
  readonly workflowOf: Writer['workflowOf']
  /** Another attempt has begun to carry the steps out. */
  readonly isResumed: boolean
  /** The plan was agreed to as it was shown. */
  readonly isAgreed: boolean
  readonly signal: AbortSignal
}

/** `rejects`: it failed by what the commit declares, not by a cluster that refuses its own engine. */
export type SyncEnd = { readonly events: readonly WorkflowEvent[]; readonly rejects: boolean }

/** Runs hooks, applies, waits for health and prunes. Answers what to record; throws only what may pass. */
export async function runSync(run: SyncRun): Promise<SyncEnd> {
  const { vault, syncId, steps, plan, config } = run
  const outcomes: Outcome[] = []
  const waves = openWaves(run, outcomes)
  const writer = writerOf(run)
  const hooks = openSyncHooks(run, writer.mayWrite)
  const failure = await afterFailure(run, hooks, await carriedOut(run, { writer, outcomes, waves, hooks }))

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

type Failure = { readonly stage: FailureStage; readonly faults: readonly Fault[]; readonly rejects: boolean }

type Parts = {
  readonly writer: Writer
  readonly outcomes: Outcome[]
  readonly waves: Waves
  readonly hooks: Hooks
}

/** What went wrong for good, if anything. What was done until then stands in `outcomes`. */
async function carriedOut(run: SyncRun, parts: Parts): Promise<Failure | SupersededError | undefined> {
  const { config } = run
  const { outcomes } = parts
  try {
    return await inPhases(run, parts)
  } catch (error) {
    if (error instanceof SupersededError) return error
    if (error instanceof CancelledError)
      return { stage: 'cancelled', faults: [cancelFault(run, outcomes, error)], rejects: false }
    if (!(error instanceof KubernetesError) || run.signal.aborted || !isFinal(error)) throw error
    return { stage: 'apply', faults: [syncFault(config.destination.cluster, error)], rejects: false }
  }
}

/** PreSync hooks, the waves with the hooks between them, health, PostSync hooks; pruning comes last. */
async function inPhases(run: SyncRun, { writer, outcomes, waves, hooks }: Parts): Promise<Failure | undefined> {
  const { steps } = run.steps
  const onOutcome = (outcome: Outcome) => outcomes.push(outcome)
  const apply = async (some: readonly Step[], options?: Parameters<typeof applySteps>[3]) => {
    await applySteps(writer, some, onOutcome, options)
    return waves.failure() ?? failedIn(outcomes)
  }
  const first = neededFirst(run.steps)
  const deleted = steps.filter(({ action }) => action === 'delete')
  const applied = steps.filter((step) => step.action !== 'delete' && !first.includes(step))
  const before = (await apply(first)) ?? (await hooks.run('PreSync'))
  if (before !== undefined) return before
  const amid = await inWaves(applied, { apply, waves, hooks })
  if (amid !== undefined) return amid
  const after = hooks.has('PostSync') ? await onceHealthy(run, outcomes, () => hooks.run('PostSync')) : undefined
  if (after !== undefined) return after
  return (await apply(deleted, { enterWave: waves.enter })) ?? (await unhealthyOf(run, targetsOf(run, outcomes)))
}

type Apply = (steps: readonly Step[]) => Promise<Failure | undefined>

/** A wave's objects are applied, then its hooks are run; the next begins when all of it is healthy. */
async function inWaves(
  steps: readonly Step[],
  { apply, waves, hooks }: Pick<Parts, 'waves' | 'hooks'> & { readonly apply: Apply },
): Promise<Failure | undefined> {
  const byWave = Map.groupBy(steps, (step) => (step.action === 'delete' ? 0 : waveOf(step.object)))
  const numbers = [...new Set([...byWave.keys(), ...hooks.waves('Sync')])].toSorted((a, b) => a - b)
  for (const wave of numbers) {
    if (!(await waves.enter(wave))) return waves.failure()
    const failure = (await apply(byWave.get(wave) ?? [])) ?? (await hooks.run('Sync', wave))
    if (failure !== undefined) return failure
  }
  if (hooks.has('Sync')) await hooks.tidy('Sync')
  return undefined
}

/** What comes after health, if health is not to be ignored. */
async function onceHealthy(
  run: SyncRun,
  outcomes: readonly Outcome[],
  next: () => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  const unhealthy = await unhealthyOf(run, targetsOf(run, outcomes))
  return unhealthy !== undefined && onUnhealthy(run.config) !== 'ignore' ? unhealthy : await next()
}

function failedIn(outcomes: readonly Outcome[]): Failure | undefined {
  const failures = outcomes.flatMap((outcome) => (outcome.done === 'failed' ? [outcome] : []))
  if (failures.length === 0) return undefined
  return {
    stage: failures.every(({ action }) => action === 'delete') ? 'prune' : 'apply',
    faults: failures.map(({ fault }) => fault),
    rejects: failures.some(({ isOutside }) => !isOutside),
  }
}

function targetsOf(run: SyncRun, outcomes: readonly Outcome[]): readonly HealthTarget[] {
  const { entries } = resultingInventory(run.inventory, run.steps, outcomes)
  return [...wasUnhealthy(run, entries), ...changedBy(outcomes)]
}

/** The hooks of a sync that has failed; what fails in them is told too. A person who stops a sync wants no more of it. */
async function afterFailure(
  run: SyncRun,
  hooks: Hooks,
  failure: Failure | SupersededError | undefined,
): Promise<Failure | SupersededError | undefined> {
  if (failure === undefined || failure instanceof SupersededError || failure.stage === 'cancelled') return failure
  if (failure.stage === 'health' && onUnhealthy(run.config) === 'ignore') return failure
  await hooks.tidy('Sync')
  const again = await hooks.run('SyncFail')
  return again === undefined ? failure : { ...failure, faults: [...failure.faults, ...again.faults] }
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

type Waves = {
  /** Called before each wave: records the one before it, and waits for its health. */
  readonly enter: (wave: number) => Promise<boolean>
  /** What kept the next wave from being entered. */
  readonly failure: () => Failure | undefined
  /** The record of the wave that was entered last; nothing if it has been recorded. */
  readonly newest: () => readonly WorkflowEvent[]
}

function openWaves(run: SyncRun, outcomes: readonly Outcome[]): Waves {
  let current: number | undefined
  let recorded = 0
  let failure: Failure | undefined
  const newest = (): readonly WorkflowEvent[] => {
    const done = outcomes.slice(recorded)
    if (recorded > 0 && done.length === 0) return []
    const failed = done.filter((outcome) => outcome.done === 'failed').length
    const data = { sync_id: run.syncId, wave: current ?? 0, applied: done.length - failed, failed, rebased: null }
    return [{ type: 'WaveApplied', data }]
  }
  return {
    enter: async (wave) => {
      if (current !== undefined) {
        await run.record(newest())
        const done = outcomes.slice(recorded)
        recorded = outcomes.length
        failure = await unhealthyOf(run, changedBy(done))
        if (failure !== undefined && onUnhealthy(run.config) !== 'ignore') return false
        failure = undefined
      }
      current = wave
      return true
    },
    failure: () => failure,
    newest,
  }
}

function changedBy(outcomes: readonly Outcome[]): readonly HealthTarget[] {
  return outcomes.flatMap((outcome): HealthTarget[] =>
    outcome.done === 'applied' ? [{ ref: outcome.entry, generation: outcome.generation }] : [],
  )
}

/** All that Git declares, if the sync before left something unhealthy. */
function wasUnhealthy({ steps, last }: SyncRun, entries: Inventory['entries']): readonly HealthTarget[] {
  if (last?.healthy !== false) return []
  const leftovers = new Set(steps.leftovers.map(identityOf))
  return entries.filter((entry) => !leftovers.has(identityOf(entry))).map((ref) => ({ ref }))
}

/** Waits for health, and says what is not healthy when the time is over; undefined when all is. */
async function unhealthyOf(
  { cluster, vault, config, customHealth, cancelled, watchSuccessor, signal }: SyncRun,
  targets: readonly HealthTarget[],
): Promise<Failure | undefined> {
  const { enabled, timeout_ms: timeoutMs } = config.sync_policy.health_check
  if (!enabled) return undefined
  await using successor = watchSuccessor()
  const { results } = await waitHealthy(cluster, targets, {
    timeoutMs,
    signal: AbortSignal.any([signal, cancelled, successor.signal]),
    labelSelector: `${markLabel}=${vault.mark}`,
    custom: customHealth,
  })
  const unhealthy = results.filter(({ health: { status } }) => status !== 'Healthy' && status !== 'Suspended')
  if (unhealthy.length === 0) return undefined
  return { stage: 'health', faults: unhealthy.map((seen) => unhealthyFault(seen, timeoutMs)), rejects: true }
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
