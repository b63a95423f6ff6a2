import {
  assessChanges,
  boundText,
  describeRef,
  groupOf,
  impactWarnings,
  isSecret,
  pruneGuards,
  pruningOf,
  refOf,
  summarize,
  waveOf,
} from '@plimsoll/domain'
import type { ChangeDraft, Conflict, InventoryEntry, KubernetesObject, ObjectRef, Plan, Step } from '@plimsoll/domain'
import { applyOrder } from '@plimsoll/kubernetes'
import type { ObjectPlan, Planner } from '../objects/candidate.ts'
import type { Removal } from '../objects/plan-removal.ts'

export type SyncPlan = Pick<Plan, 'changes' | 'conflicts' | 'warnings' | 'summary'> & {
  readonly steps: readonly Step[]
  readonly kept: readonly InventoryEntry[]
  readonly leftovers: readonly ObjectRef[]
  readonly gone: readonly ObjectRef[]
  /** Objects that the workflow owns, those that were found again with its mark among them. */
  readonly owned: number
}

type Parts = {
  readonly planned: readonly ObjectPlan[]
  readonly unplaced: readonly Conflict[]
  readonly removals: readonly Removal[]
  /** Objects that the workflow owns now, without and with those that were found again with its mark. */
  readonly owned: number
  readonly found: number
}

/** One plan of what was found out of each object, in the order in which it is carried out. */
export function assemble(planner: Planner, { planned, unplaced, removals, owned, found }: Parts): SyncPlan {
  const steps = planned.filter((plan) => plan.outcome === 'step')
  const drafts = [
    ...steps.flatMap(({ changes: made }) => made),
    ...removals.flatMap(({ change }) => change ?? []),
  ].toSorted((a, b) => rankOf(a) - rankOf(b) || compare(describeRef(a.ref), describeRef(b.ref)))
  const changes = assessChanges(drafts, { overrides: planner.config.impact, owned })
  const conflicts = [
    ...unplaced,
    ...planned.flatMap((plan) =>
      plan.outcome === 'conflict' ? [plan.conflict] : plan.outcome === 'step' ? plan.conflicts : [],
    ),
  ].toSorted((a, b) => orderOf(a.ref) - orderOf(b.ref) || compare(describeRef(a.ref), describeRef(b.ref)))
  const deletions = removals.flatMap(({ step }) => step ?? [])
  const guards = pruneGuards(pruningOf({ steps: deletions, owned: found }), planner.config.sync_policy.prune_budget)
  const warnings = [
    ...guards.map((guard) => `The sync waits for approval: ${guard}`),
    ...impactWarnings(changes),
    ...unaskedWarnings(planned),
    ...serverWarnings(planner, planned),
    ...removals.flatMap(({ warning }) => warning ?? []),
  ]
  return {
    changes,
    conflicts,
    warnings,
    summary: summarize({ changes, conflicts, warnings }),
    steps: [...steps.map(({ step }) => step), ...deletions],
    kept: planned.flatMap((plan) => (plan.outcome === 'unchanged' ? [plan.entry] : [])),
    leftovers: removals.flatMap(({ leftover }) => leftover ?? []),
    gone: removals.flatMap(({ gone }) => gone ?? []),
    owned: found,
  }
}

function orderOf({ kind, apiVersion }: ObjectRef): number {
  return applyOrder(kind, groupOf(apiVersion))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const namedAtMost = 5

function listed(names: readonly string[]): string {
  const more = names.length - namedAtMost
  return `${names.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Says for which objects the API server could not be asked, a line for each reason. */
function unaskedWarnings(planned: readonly ObjectPlan[]): readonly string[] {
  const unasked = planned.flatMap((plan) =>
    plan.outcome === 'step' && plan.unasked !== undefined && plan.step.action !== 'delete'
      ? [{ why: plan.unasked, name: describeRef(refOf(plan.step.object)) }]
      : [],
  )
  return [...Map.groupBy(unasked, ({ why }) => why)].map(([why, objects]) => {
    const names = listed(objects.map(({ name }) => name))
    return `${names} could not be dry-run, so the API server may still refuse or change what is shown: ${why}`
  })
}

/** What the API server warns of, once for all objects that it says the same of; it may quote values, so nothing of secret ones. */
function serverWarnings(planner: Planner, planned: readonly ObjectPlan[]): readonly string[] {
  const said = planned.flatMap((plan) => {
    if (plan.outcome !== 'step' || plan.step.action === 'delete' || hidesValues(planner, plan.step.object)) return []
    const name = describeRef(refOf(plan.step.object))
    return plan.warnings.map((text) => ({ text: boundText(text, 500), name }))
  })
  return [...Map.groupBy(said, ({ text }) => text)].map(
    ([text, objects]) => `${listed(objects.map(({ name }) => name))}: the API server warns: ${text}`,
  )
}

function hidesValues({ token }: Planner, object: KubernetesObject): boolean {
  return isSecret(object) || (token.sensitiveOf?.(object) ?? []).length > 0
}

const ranksPerWave = 1_000
const afterAllApplies = 1e10

/** A plan reads in the order in which it is carried out; what is replaced goes just before it comes. */
function rankOf({ type, ref, replaces, desired_state: desired, current_state: current }: ChangeDraft): number {
  const object = type === 'delete' ? current : desired
  const wave = object === undefined ? 0 : waveOf(object)
  const order = wave * ranksPerWave + orderOf(ref)
  return type === 'delete' && !replaces ? afterAllApplies - order : order
}
