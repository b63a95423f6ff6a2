import {
  assessChanges,
  describeRef,
  groupOf,
  identityOf,
  impactWarnings,
  matchesSelector,
  optionsOf,
  refOf,
  summarize,
  withMark,
} from '@plimsoll/domain'
import type {
  AssessmentContext,
  ChangeDraft,
  Conflict,
  IgnoreRule,
  Inventory,
  InventoryEntry,
  KubernetesObject,
  Manifest,
  ObjectRef,
  Plan,
  Step,
} from '@plimsoll/domain'
import { applyOrder } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import { arriving } from './arriving.ts'
import type { Candidate, ObjectPlan, Planner } from './candidate.ts'
import { byPlace, liveBodies } from './live-bodies.ts'
import type { LiveObjects } from './live-objects.ts'
import { planObject } from './plan-object.ts'
import { planRemoval } from './plan-removal.ts'
import type { Removal } from './plan-removal.ts'

const requestsInFlight = 16

export type Facts = {
  readonly desired: readonly Manifest[]
  /** Why manifests cannot be placed, such as an unknown kind: the rest is planned all the same. */
  readonly unplaced: readonly Conflict[]
  readonly inventory: Inventory
  readonly live: LiveObjects
  /** What was applied last, by identity. */
  readonly previous: (identity: string) => Promise<KubernetesObject | undefined>
}

export type SyncPlan = Pick<Plan, 'changes' | 'conflicts' | 'warnings' | 'summary'> & {
  readonly steps: readonly Step[]
  readonly kept: readonly InventoryEntry[]
  readonly leftovers: readonly ObjectRef[]
  readonly gone: readonly ObjectRef[]
}

/** Compares what Git declares with what lives. An object that is as it was after its last apply costs no call. */
export async function planSync(planner: Planner, facts: Facts): Promise<SyncPlan> {
  const { desired, inventory, live, previous } = facts
  const entries = new Map(inventory.entries.map((entry) => [identityOf(entry), entry]))
  const drafts = changing(planner, facts, entries).toSorted((a, b) => byPlace(refOf(a.object), refOf(b.object)))
  const identities = new Set(drafts.map(({ identity }) => identity))
  const { unaskable, mendedBy } = await arriving(
    planner.cluster,
    desired,
    live,
    (identity) => identities.has(identity),
    planner.signal,
  )
  const bodyOf = liveBodies(
    planner,
    drafts.map(({ object }) => refOf(object)),
    live,
  )
  const planned = await inParallel(drafts, requestsInFlight, ({ identity, object, isAbsent, ...draft }) =>
    planObject(planner, {
      ...draft,
      object: withMark(object, planner.mark),
      previous: () => (draft.entry === undefined ? Promise.resolve(undefined) : previous(identity)),
      live: () => (isAbsent ? Promise.resolve(undefined) : bodyOf(refOf(object))),
      unaskable: unaskable(object),
      mendedBy: (error) => mendedBy(object, error),
    }),
  )
  for (const { object } of desired) entries.delete(identityOf(refOf(object)))
  // What could not be placed is declared all the same.
  for (const { ref } of facts.unplaced) entries.delete(identityOf(ref))
  const declared = new Set(
    [...desired.map(({ object }) => refOf(object)), ...facts.unplaced.map(({ ref }) => ref)].map(identityOf),
  )
  // An object with our mark that the inventory lacks (an older log was restored) is ours again.
  for (const [identity, { ref, uid, owned }] of live)
    if (!declared.has(identity) && !entries.has(identity)) entries.set(identity, { ...ref, uid, owned, digest: '' })
  const removals = await inParallel([...entries.values()], requestsInFlight, (entry) =>
    planRemoval(planner, entry, live, previous),
  )
  const context = { overrides: planner.config.impact, owned: inventory.entries.length }
  return assemble(planned, facts.unplaced, removals, context)
}

type Draft = Pick<Candidate, 'object' | 'digest' | 'ignoring' | 'entry'> & {
  readonly identity: string
  readonly isAbsent: boolean
}

/** What is not known to be as it was after its last apply. */
function changing(
  { config, hash }: Planner,
  { desired, live }: Facts,
  entries: ReadonlyMap<string, InventoryEntry>,
): readonly Draft[] {
  return desired.flatMap(({ object, digest }) => {
    const ref = refOf(object)
    const identity = identityOf(ref)
    const [entry, now] = [entries.get(identity), live.get(identity)]
    const ignoring = ignoringOf(config.ignore, ref, hash)
    const isSame =
      entry !== undefined &&
      now !== undefined &&
      entry.digest === digest &&
      entry.ignoring === ignoring &&
      entry.uid === now.uid &&
      entry.owned === now.owned
    if (isSame || optionsOf(object).ignore) return []
    return [{ identity, object, digest, ignoring, entry, isAbsent: now === undefined && entry === undefined }]
  })
}

/** Digest of the rules that are about an object: with other rules, what was in sync may not be so any more. */
function ignoringOf(rules: readonly IgnoreRule[], ref: ObjectRef, hash: (text: string) => string): string | undefined {
  const matching = rules.filter((rule) => matchesSelector(rule, ref))
  if (matching.length === 0) return undefined
  return hash(JSON.stringify(matching.map(({ json_pointers: pointers, managers }) => [pointers, managers])))
}

function assemble(
  planned: readonly ObjectPlan[],
  unplaced: readonly Conflict[],
  removals: readonly Removal[],
  context: AssessmentContext,
): SyncPlan {
  const steps = planned.filter((plan) => plan.outcome === 'step')
  const drafts = [
    ...steps.flatMap(({ changes: made }) => made),
    ...removals.flatMap(({ change }) => change ?? []),
  ].toSorted((a, b) => rankOf(a) - rankOf(b) || compare(describeRef(a.ref), describeRef(b.ref)))
  const changes = assessChanges(drafts, context)
  const conflicts = [
    ...unplaced,
    ...planned.flatMap((plan) =>
      plan.outcome === 'conflict' ? [plan.conflict] : plan.outcome === 'step' ? plan.conflicts : [],
    ),
  ]
  const warnings = [
    ...impactWarnings(changes),
    ...unaskedWarnings(planned),
    ...removals.flatMap(({ warning }) => warning ?? []),
  ]
  return {
    changes,
    conflicts,
    warnings,
    summary: summarize({ changes, conflicts, warnings }),
    steps: [...steps.map(({ step }) => step), ...removals.flatMap(({ step }) => step ?? [])],
    kept: planned.flatMap((plan) => (plan.outcome === 'unchanged' ? [plan.entry] : [])),
    leftovers: removals.flatMap(({ leftover }) => leftover ?? []),
    gone: removals.flatMap(({ gone }) => gone ?? []),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const namedAtMost = 5

/** Says for which objects the API server could not be asked, a line for each reason. */
function unaskedWarnings(planned: readonly ObjectPlan[]): readonly string[] {
  const unasked = planned.flatMap((plan) =>
    plan.outcome === 'step' && plan.unasked !== undefined && plan.step.action !== 'delete'
      ? [{ why: plan.unasked, name: describeRef(refOf(plan.step.object)) }]
      : [],
  )
  return [...Map.groupBy(unasked, ({ why }) => why)].map(([why, objects]) => {
    const names = objects.map(({ name }) => name)
    const more = names.length - namedAtMost
    const listed = `${names.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
    return `${listed} could not be dry-run, so the API server may still refuse or change what is shown: ${why}`
  })
}

const afterAllApplies = 1_000

/** A plan reads in the order in which it is carried out; what is replaced goes just before it comes. */
function rankOf({ type, ref, replaces }: ChangeDraft): number {
  const order = applyOrder(ref.kind, groupOf(ref.apiVersion))
  return type === 'delete' && !replaces ? afterAllApplies - order : order
}
