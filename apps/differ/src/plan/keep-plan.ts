import { impacts, objectsDigest, planDigest, refOf } from '@plimsoll/domain'
import type {
  Impact,
  MadePlan,
  ManifestSet,
  ObjectRef,
  Plan,
  PlannedHook,
  SensitiveOf,
  Steps,
  Workflow,
  WorkflowConfig,
} from '@plimsoll/domain'
import type { Vault } from '@plimsoll/service'
import type { SyncPlan } from './assemble-plan.ts'
import type { HookPlan } from '../hooks/plan-hooks.ts'

export type PlannedRevision = Omit<MadePlan, 'sync_id'> & Pick<Plan, 'changes' | 'hooks' | 'conflicts'>

export type PlanStore = {
  readonly vault: Vault
  /** Stores a plan for people to read: no value of a Secret is in it. */
  readonly publish: (plan: Plan) => Promise<string>
  readonly now: () => Date
}

export type PlanToKeep = Pick<MadePlan, 'revision' | 'tree' | 'paths' | 'manifest_set'> & {
  readonly config: WorkflowConfig
  readonly workflow: Workflow
  /** What `manifest_set` names. */
  readonly set: ManifestSet
  readonly planned: SyncPlan
  readonly hooks: HookPlan
  /** Objects of the manifest set that were looked at. */
  readonly processed: number
  readonly sensitiveOf: SensitiveOf
}

/** Stores what was planned: for people to read, and, sealed, for the syncer to carry out. */
export async function keepPlan(
  { vault, publish, now }: PlanStore,
  { config, workflow, set, planned, hooks, processed, sensitiveOf, ...source }: PlanToKeep,
): Promise<PlannedRevision> {
  const { revision, tree, manifest_set } = source
  const { changes } = planned
  const found = [...planned.conflicts, ...hooks.conflicts]
  const conflicts = found.map(({ lasting: _lasting, ...conflict }) => conflict)
  const warnings = [...planned.warnings, ...hooks.warnings, ...(changes.length === 0 ? runAgain(hooks.planned) : [])]
  const summary = {
    ...planned.summary,
    conflict_count: conflicts.length,
    warning_count: warnings.length,
    highest_impact: higher(planned.summary.highest_impact, hooks.impact),
  }
  const ran = hooks.planned.length > 0 ? { hooks: hooks.planned } : {}
  const steps: Steps = {
    workflow_id: config.id,
    revision,
    tree,
    manifest_set,
    base_inventory: workflow.inventory,
    steps: planned.steps.map((step) =>
      withSensitive(step, step.action === 'delete' ? step.ref : refOf(step.object), sensitiveOf),
    ),
    kept: planned.kept.map((entry) => withSensitive(entry, entry, sensitiveOf)),
    leftovers: planned.leftovers,
    gone: planned.gone,
    conflicts,
    ...(hooks.hooks.length > 0 && { hooks: hooks.hooks }),
    processed,
    owned: planned.owned,
  }
  const plan: Plan = {
    workflow_id: config.id,
    revision,
    generated_at: now().toISOString(),
    digest: planDigest({ changes, ...ran, conflicts }, vault.hash),
    summary,
    changes,
    ...ran,
    conflicts,
    warnings,
  }
  const [published, stepsDigest] = await Promise.all([publish(plan), vault.put(steps)])
  return {
    ...source,
    digest: plan.digest,
    plan: published,
    steps: stepsDigest,
    objects: objectsDigest(set, vault.hash),
    summary,
    changes,
    ...ran,
    conflicts: found,
  }
}

/** Why a plan that changes nothing is one all the same. */
function runAgain(hooks: readonly PlannedHook[]): readonly string[] {
  if (hooks.length === 0) return []
  return ['Nothing changes, but the sync before failed: its hooks are run again']
}

function higher(one: Impact | null, other: Impact | null): Impact | null {
  return impacts.findLast((level) => level === one || level === other) ?? null
}

/** Who carries a step out, and who plans after it, must not tell more of its object than this plan does. */
function withSensitive<Known extends object>(
  known: Known,
  { apiVersion, kind, name, namespace }: ObjectRef,
  sensitiveOf: SensitiveOf,
): Known & { readonly sensitive?: readonly string[] } {
  const metadata = { name, ...(namespace !== undefined && { namespace }) }
  const sensitive = sensitiveOf({ apiVersion, kind, metadata })
  return sensitive.length === 0 ? known : { ...known, sensitive }
}
