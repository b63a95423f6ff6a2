import { isSettled } from '@plimsoll/domain'
import type { ManifestSet, Plan, Workflow, WorkflowConfig } from '@plimsoll/domain'
import { clusterFor } from '@plimsoll/service'
import type { Clusters, Vault } from '@plimsoll/service'
import { assemble } from '../plan/assemble-plan.ts'
import { noHooks } from '../hooks/plan-hooks.ts'
import { keepPlan } from '../plan/keep-plan.ts'
import type { PlannedRevision } from '../plan/keep-plan.ts'
import { lookForDrift } from './look-for-drift.ts'
import type { Dependencies as LookDependencies, Look } from './look-for-drift.ts'

export type HealPlanning = {
  readonly openVault: (workflow: string) => Vault
  /** Stores a plan for people to read: no value of a Secret is in it. */
  readonly publish: (plan: Plan) => Promise<string>
}

/** The plan that puts back what drifted: of the set that was applied last, and of nothing that did not drift. */
export async function planHeal(
  { openVault, publish }: HealPlanning,
  workflow: Workflow,
  config: WorkflowConfig,
  { planner, compared, inventory }: Look,
): Promise<PlannedRevision> {
  const { applied } = workflow
  if (applied === null) throw new Error(`nothing was applied for ${config.id} that a heal could put back`)
  const vault = openVault(config.id)
  const owned = inventory.entries.length
  const planned = assemble(planner, {
    planned: [...compared.values()].flatMap(({ compared: { plan } }) => plan ?? []),
    unplaced: [],
    removals: [],
    owned,
    found: owned,
  })
  return keepPlan(
    { vault, publish, now: () => new Date() },
    {
      ...applied,
      config,
      workflow,
      set: await vault.get<ManifestSet>(applied.manifest_set),
      planned,
      hooks: noHooks,
      processed: planned.steps.length + planned.kept.length,
      sensitiveOf: planner.token.sensitiveOf ?? (() => []),
    },
  )
}

export type HealAgain = HealPlanning &
  LookDependencies & {
    readonly clusters: Clusters
  }

/**
 * The plan of a heal that was asked for and has none, as after its approval: of what drifts by now. Undefined where nothing does,
 * or nobody watches.
 */
export function planHealAgain(dependencies: HealAgain) {
  return async (
    workflow: Workflow,
    config: WorkflowConfig,
    signal: AbortSignal,
  ): Promise<PlannedRevision | undefined> => {
    const cluster = await clusterFor(dependencies.clusters, config)
    if (cluster === undefined || !isSettled(workflow)) return undefined
    const look = await lookForDrift(dependencies, { workflow, config, cluster }, new Map(), signal)
    if (look === undefined || look.drifted.length === 0) return undefined
    return planHeal(dependencies, workflow, config, look)
  }
}
