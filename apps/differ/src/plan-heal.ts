import { isSettled, objectsDigest, planDigest, refOf } from '@plimsoll/domain'
import type { ManifestSet, Plan, Steps, Workflow, WorkflowConfig } from '@plimsoll/domain'
import { clusterFor } from '@plimsoll/service'
import type { Clusters, Vault } from '@plimsoll/service'
import { assemble } from './assemble-plan.ts'
import { lookForDrift } from './look-for-drift.ts'
import type { Dependencies as LookDependencies, Look } from './look-for-drift.ts'
import { withSensitive } from './plan-revision.ts'
import type { PlannedRevision } from './plan-revision.ts'

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
  const { summary, changes, conflicts, warnings } = planned
  const sensitiveOf = planner.token.sensitiveOf ?? (() => [])
  const steps: Steps = {
    workflow_id: config.id,
    revision: applied.revision,
    tree: applied.tree,
    manifest_set: applied.manifest_set,
    base_inventory: workflow.inventory,
    steps: planned.steps.map((step) =>
      withSensitive(step, step.action === 'delete' ? step.ref : refOf(step.object), sensitiveOf),
    ),
    kept: planned.kept.map((entry) => withSensitive(entry, entry, sensitiveOf)),
    leftovers: [],
    gone: [],
    conflicts,
    processed: planned.steps.length + planned.kept.length,
    owned,
  }
  const plan: Plan = {
    workflow_id: config.id,
    revision: applied.revision,
    generated_at: new Date().toISOString(),
    digest: planDigest(planned, vault.hash),
    summary,
    changes,
    conflicts,
    warnings,
  }
  const [published, stepsDigest, set] = await Promise.all([
    publish(plan),
    vault.put(steps),
    vault.get<ManifestSet>(applied.manifest_set),
  ])
  return {
    ...applied,
    digest: plan.digest,
    plan: published,
    steps: stepsDigest,
    objects: objectsDigest(set, vault.hash),
    summary,
    changes,
    conflicts,
  }
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
