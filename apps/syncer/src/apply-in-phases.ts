import { onUnhealthy, waveOf } from '@plimsoll/domain'
import type { Step } from '@plimsoll/domain'
import { applySteps } from '@plimsoll/service'
import type { Hooks, Outcome, Writer } from '@plimsoll/service'
import { targetsOf, unhealthyOf } from './await-health.ts'
import type { Failure } from './await-health.ts'
import { neededFirst } from './hooks/needed-first.ts'
import type { Waves } from './open-waves.ts'
import type { SyncRun } from './sync-run.ts'
import { SupersededError } from './watch-successor.ts'

export type Parts = {
  readonly writer: Writer
  readonly outcomes: Outcome[]
  readonly waves: Waves
  readonly hooks: Hooks
}

/** PreSync hooks, the waves with the hooks between them, health, PostSync hooks; pruning comes last. */
export async function applyInPhases(
  run: SyncRun,
  { writer, outcomes, waves, hooks }: Parts,
): Promise<Failure | undefined> {
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
  const after = hooks.has('PostSync') ? await onceHealthy(run, { outcomes, waves, hooks }) : undefined
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

/** PostSync hooks, when all is healthy or health is to be ignored. */
async function onceHealthy(
  run: SyncRun,
  { outcomes, waves, hooks }: Pick<Parts, 'outcomes' | 'waves' | 'hooks'>,
): Promise<Failure | undefined> {
  await waves.settle()
  const unhealthy = await unhealthyOf(run, targetsOf(run, outcomes))
  return unhealthy !== undefined && onUnhealthy(run.config) !== 'ignore' ? unhealthy : await hooks.run('PostSync')
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

/** The hooks of a sync that has failed; what fails in them is told too. A person who stops a sync wants no more of it. */
export async function afterFailure(
  run: SyncRun,
  { waves, hooks }: Pick<Parts, 'waves' | 'hooks'>,
  failure: Failure | SupersededError | undefined,
): Promise<Failure | SupersededError | undefined> {
  if (failure === undefined) return undefined
  // What comes after it must not find in its way what was to go.
  await hooks.tidy('Sync')
  if (failure instanceof SupersededError || failure.stage === 'cancelled') return failure
  if (failure.stage === 'health' && onUnhealthy(run.config) === 'ignore') return failure
  if (!hooks.has('SyncFail')) return failure
  await waves.settle()
  const again = await hooks.run('SyncFail')
  return again === undefined ? failure : { ...failure, faults: [...failure.faults, ...again.faults] }
}
