import {
  assessChanges,
  describeRef,
  fieldManager,
  groupOf,
  identityOf,
  impactWarnings,
  planDigest,
  refOf,
  summarize,
} from '@plimsoll/domain'
import type {
  Backup,
  ChangeDraft,
  DoneSync,
  Inventory,
  InventoryEntry,
  Plan,
  SensitiveOf,
  Step,
} from '@plimsoll/domain'
import { applyOrder, ownedHash } from '@plimsoll/kubernetes'
import type { Vault } from '@plimsoll/service'
import { inParallel } from '@plimsoll/runtime'
import { planObject } from './plan-object.ts'
import type { Candidate, ObjectPlan, Planner } from './plan-object.ts'
import { noHooks } from './hooks-to-run.ts'
import type { RollbackHooks } from './hooks-to-run.ts'
import type { RollbackSteps } from './rollback-steps.ts'
import { touchedBy } from './touched.ts'

const requestsInFlight = 16

export type Facts = {
  /** What is to be undone, the oldest first. */
  readonly syncs: readonly DoneSync[]
  /** Of before the oldest of them, and of now. */
  readonly before: Inventory
  readonly now: Inventory
  /** What is put back, for the plan. */
  readonly revision: string
  readonly generatedAt: Date
  readonly sensitive: SensitiveOf
  /** What would run if anything is put back. */
  readonly hooks: () => Promise<RollbackHooks>
}

export type PlannedRollback = {
  readonly plan: Plan
  readonly steps: RollbackSteps
  /** What lives now of what the steps change or delete: they are fenced to that very state. */
  readonly backup: Backup
}

/** Compares what syncs have touched with what it was before them. */
export async function planRollback(
  planner: Planner,
  vault: Pick<Vault, 'get' | 'hash'>,
  { syncs, before, now, revision, generatedAt, sensitive, hooks: hooksToRun }: Facts,
): Promise<PlannedRollback> {
  const touched = await touchedBy(vault, syncs)
  const [thens, nows] = [before, now].map(byIdentity) as [Entries, Entries]
  const candidates = [...touched].map(([identity, object]): [string, Candidate] => [
    identity,
    { ...object, previous: thens.get(identity), now: nows.get(identity) },
  ])
  const plans = await inParallel(
    candidates,
    requestsInFlight,
    async ([identity, candidate]) => [identity, candidate, await planObject(planner, candidate)] as const,
  )
  const untouched = [...nows].filter(([identity]) => !touched.has(identity))
  const texts = (outcome: 'kept' | 'left') =>
    plans.flatMap(([, , plan]) => (plan.outcome === outcome ? [plan.text] : [])).toSorted()
  const written = plans.flatMap(([, , plan]) => (plan.outcome === 'step' ? [withSensitive(plan.step, sensitive)] : []))
  const hooks = written.length > 0 ? await hooksToRun() : noHooks
  const steps: RollbackSteps = {
    steps: written,
    ...(hooks.run.length > 0 && { hooks: hooks.run }),
    returns: plans.flatMap(([, , plan]) => (plan.outcome === 'step' && plan.gives !== undefined ? [plan.gives] : [])),
    stays: [
      ...untouched.map(([identity, entry]) => ({
        ...(thens.get(identity) ?? entry),
        uid: entry.uid,
        owned: entry.owned,
      })),
      ...plans.flatMap(([, candidate, plan]) => stays(candidate, plan, planner.hash)),
    ],
    entries: plans.flatMap(([identity, , plan]) => (plan.outcome === 'step' ? (thens.get(identity) ?? []) : [])),
    same: plans.flatMap(([, candidate, plan]) =>
      plan.outcome === 'same' && candidate.previous ? [candidate.ref] : [],
    ),
    kept: texts('kept'),
    left: texts('left'),
    processed: touched.size,
  }
  const backup: Backup = {
    objects: plans.flatMap(([, , plan]) => (plan.outcome === 'step' ? (plan.live ?? []) : [])),
  }
  return {
    steps,
    backup,
    plan: planOf(planner, vault, plans, { steps, hooks, revision, generatedAt, owned: now.entries.length }),
  }
}

type Entries = ReadonlyMap<string, InventoryEntry>

function byIdentity({ entries }: Inventory): Entries {
  return new Map(entries.map((entry) => [identityOf(entry), entry]))
}

/** The entry of an object that is not written to. */
function stays(
  { previous, now }: Candidate,
  plan: ObjectPlan,
  hash: (text: string) => string,
): readonly InventoryEntry[] {
  if (plan.outcome === 'kept' || plan.outcome === 'left') return now === undefined ? [] : [now]
  if (plan.outcome !== 'same' || previous === undefined) return []
  const owned = ownedHash(plan.live, fieldManager, hash)
  return [{ ...previous, uid: plan.live.metadata.uid ?? '', owned, ...(plan.isOther && { digest: '' }) }]
}

function withSensitive(step: Step, sensitiveOf: SensitiveOf): Step {
  const { apiVersion, kind, name, namespace } = step.action === 'delete' ? step.ref : refOf(step.object)
  const sensitive = sensitiveOf({ apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } })
  return sensitive.length === 0 ? step : { ...step, sensitive }
}

function planOf(
  { config }: Planner,
  { hash }: Pick<Vault, 'hash'>,
  plans: readonly (readonly [string, Candidate, ObjectPlan])[],
  about: {
    readonly steps: RollbackSteps
    readonly hooks: RollbackHooks
    readonly revision: string
    readonly generatedAt: Date
    readonly owned: number
  },
): Plan {
  const steps = plans.flatMap(([, , plan]) => (plan.outcome === 'step' ? [plan] : []))
  const drafts = steps
    .flatMap(({ change }) => change ?? [])
    .toSorted((a, b) => rankOf(a) - rankOf(b) || (describeRef(a.ref) < describeRef(b.ref) ? -1 : 1))
  const changes = assessChanges(drafts, { overrides: config.impact, owned: about.owned })
  const warnings = [
    ...impactWarnings(changes),
    ...steps.flatMap(({ warning }) => warning ?? []),
    ...about.hooks.warnings,
    ...about.steps.kept.map(
      (name) => `${name} was added by what is rolled back and is kept: it is never removed unasked`,
    ),
    ...about.steps.left.map((text) => `Left as it is: ${text}`),
  ]
  return {
    workflow_id: config.id,
    revision: about.revision,
    generated_at: about.generatedAt.toISOString(),
    digest: planDigest({ changes, hooks: about.hooks.hooks, conflicts: [] }, hash),
    summary: summarize({ changes, conflicts: [], warnings }),
    changes,
    ...(about.hooks.hooks.length > 0 && { hooks: about.hooks.hooks }),
    conflicts: [],
    warnings,
  }
}

const afterAllApplies = 1_000

/** A plan reads in the order in which it is carried out. */
function rankOf({ type, ref }: ChangeDraft): number {
  const order = applyOrder(ref.kind, groupOf(ref.apiVersion))
  return type === 'delete' ? afterAllApplies - order : order
}
