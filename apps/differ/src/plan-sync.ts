import {
  assessChanges,
  deleteChange,
  describeRef,
  groupOf,
  identityOf,
  impactWarnings,
  isKept,
  isMarked,
  refOf,
  scopesOfDefinitions,
  summarize,
  withMark,
} from '@plimsoll/domain'
import type {
  AssessmentContext,
  ChangeDraft,
  Inventory,
  InventoryEntry,
  KubernetesObject,
  Manifest,
  ObjectRef,
  Plan,
  Step,
} from '@plimsoll/domain'
import { applyOrder, get, servedRef } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import type { LiveObjects } from './live-objects.ts'
import { planObject } from './plan-object.ts'
import type { Candidate, ObjectPlan, Planner } from './plan-object.ts'

const requestsInFlight = 16

export type Facts = {
  readonly desired: readonly Manifest[]
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
export async function planSync(planner: Planner, { desired, inventory, live, previous }: Facts): Promise<SyncPlan> {
  const entries = new Map(inventory.entries.map((entry) => [identityOf(entry), entry]))
  const arrives = arriving(desired, live)
  const candidates: Candidate[] = []
  for (const { object, digest } of desired) {
    const identity = identityOf(refOf(object))
    const [entry, now] = [entries.get(identity), live.get(identity)]
    entries.delete(identity)
    if (
      entry !== undefined &&
      now !== undefined &&
      entry.digest === digest &&
      entry.uid === now.uid &&
      entry.owned === now.owned
    )
      continue
    candidates.push({
      object: withMark(object, planner.mark),
      digest,
      entry,
      previous: () => (entry === undefined ? Promise.resolve(undefined) : previous(identity)),
      presence: now === undefined && entry === undefined ? 'absent' : 'maybe',
      unaskable: arrives(object),
    })
  }
  const planned = await inParallel(candidates, requestsInFlight, (candidate) => planObject(planner, candidate))
  const declared = new Set(desired.map(({ object }) => identityOf(refOf(object))))
  // An object with our mark that the inventory lacks (an older log was restored) is ours again.
  for (const [identity, { ref, uid, owned }] of live)
    if (!declared.has(identity) && !entries.has(identity)) entries.set(identity, { ...ref, uid, owned, digest: '' })
  const removals = await inParallel([...entries.values()], requestsInFlight, (entry) =>
    planRemoval(planner, entry, live),
  )
  return assemble(planned, removals, { overrides: planner.config.impact, owned: inventory.entries.length })
}

type Removal = {
  readonly step?: Step
  readonly change?: ChangeDraft
  readonly leftover?: ObjectRef
  readonly gone?: ObjectRef
  readonly warning?: string
}

async function planRemoval(
  { cluster, config, mark, token, signal }: Planner,
  entry: InventoryEntry,
  live: LiveObjects,
): Promise<Removal> {
  const ref = refOfEntry(entry)
  const seen = live.get(identityOf(entry))
  const prunes = config.sync_policy.auto_prune && !isKept(entry)
  if (seen !== undefined && !prunes)
    return { leftover: ref, warning: leftoverWarning(ref, config.sync_policy.auto_prune) }
  const served = await servedRef(cluster, ref)
  const object = served && (await get(cluster, served, { signal }))
  if (object === undefined) return { gone: ref }
  // Someone else may have made an object of the same name anew, or taken our mark off: it is not ours to delete.
  if ((entry.uid !== '' && object.metadata.uid !== entry.uid) || !isMarked(object, mark))
    return {
      gone: ref,
      warning: `${describeRef(ref)} is not in Git any more and not marked as ours any more: it is left alone`,
    }
  if (!prunes) return { leftover: ref, warning: leftoverWarning(ref, config.sync_policy.auto_prune) }
  const { uid = '', resourceVersion = '' } = object.metadata
  return {
    step: { action: 'delete', ref: refOf(object), live: { uid, resourceVersion } },
    change: deleteChange(object, token),
  }
}

function leftoverWarning(ref: ObjectRef, autoPrune: boolean): string {
  const why = autoPrune ? `a ${ref.kind} is never pruned unasked` : 'auto_prune is off'
  return `${describeRef(ref)} is not in Git any more and stays in the cluster: ${why}`
}

function refOfEntry({ apiVersion, kind, namespace, name }: InventoryEntry): ObjectRef {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}

function assemble(planned: readonly ObjectPlan[], removals: readonly Removal[], context: AssessmentContext): SyncPlan {
  const steps = planned.filter((plan) => plan.outcome === 'step')
  const drafts = [...steps.map(({ change }) => change), ...removals.map(({ change }) => change)]
    .filter((change) => change !== undefined)
    .toSorted((a, b) => rankOf(a) - rankOf(b) || (describeRef(a.ref) < describeRef(b.ref) ? -1 : 1))
  const changes = assessChanges(drafts, context)
  const conflicts = planned.flatMap((plan) => (plan.outcome === 'conflict' ? [plan.conflict] : []))
  const warnings = [...impactWarnings(changes), ...removals.flatMap(({ warning }) => warning ?? [])]
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

const afterAllApplies = 1_000

/** A plan reads in the order in which it is carried out. */
function rankOf({ type, ref }: ChangeDraft): number {
  const order = applyOrder(ref.kind, groupOf(ref.apiVersion))
  return type === 'delete' ? afterAllApplies - order : order
}

/** What other objects of this sync need and the cluster does not have yet: namespaces and kinds. */
function arriving(desired: readonly Manifest[], live: LiveObjects): (object: KubernetesObject) => boolean {
  const fresh = desired.map(({ object }) => object).filter((object) => !live.has(identityOf(refOf(object))))
  const namespaces = new Set(
    fresh
      .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Namespace')
      .map(({ metadata }) => metadata.name),
  )
  const kinds = scopesOfDefinitions(fresh)
  return ({ apiVersion, kind, metadata: { namespace } }) =>
    (namespace !== undefined && namespaces.has(namespace)) || kinds.has(`${groupOf(apiVersion)}/${kind}`)
}
