import { identityOf, matchesSelector, optionsOf, refOf, withMark } from '@plimsoll/domain'
import type {
  Conflict,
  IgnoreRule,
  Inventory,
  InventoryEntry,
  KubernetesObject,
  Manifest,
  ObjectRef,
} from '@plimsoll/domain'
import { inParallel } from '@plimsoll/runtime'
import { arriving } from '../objects/arriving.ts'
import type { Arriving } from '../objects/arriving.ts'
import { assemble } from './assemble-plan.ts'
import type { SyncPlan } from './assemble-plan.ts'
import type { Candidate, Planner } from '../objects/candidate.ts'
import { byPlace, liveBodies } from '../objects/live-bodies.ts'
import type { LiveObjects } from '../cluster/live-objects.ts'
import { planObject } from '../objects/plan-object.ts'
import { planRemoval } from '../objects/plan-removal.ts'

export type { SyncPlan } from './assemble-plan.ts'

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

/** Compares what Git declares with what lives. An object that is as it was after its last apply costs no call. */
export async function planSync(planner: Planner, facts: Facts): Promise<SyncPlan & { readonly arriving: Arriving }> {
  const { desired, inventory, live, previous } = facts
  const entries = new Map(inventory.entries.map((entry) => [identityOf(entry), entry]))
  const drafts = changing(planner, facts, entries).toSorted((a, b) => byPlace(refOf(a.object), refOf(b.object)))
  const identities = new Set(drafts.map(({ identity }) => identity))
  const coming = await arriving(planner.cluster, desired, live, (identity) => identities.has(identity), planner.signal)
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
      unaskable: coming.unaskable(object),
      mendedBy: (error) => coming.mendedBy(object, error),
    }),
  )
  for (const { object } of desired) entries.delete(identityOf(refOf(object)))
  // What could not be placed is declared all the same.
  for (const { ref } of facts.unplaced) entries.delete(identityOf(ref))
  const declared = new Set(
    [...desired.map(({ object }) => refOf(object)), ...facts.unplaced.map(({ ref }) => ref)].map(identityOf),
  )
  // An object with our mark that the inventory lacks (an older log was restored) is ours again.
  const known = entries.size
  for (const [identity, { ref, uid, owned }] of live)
    if (!declared.has(identity) && !entries.has(identity)) entries.set(identity, { ...ref, uid, owned, digest: '' })
  const readopted = entries.size - known
  const removals = await inParallel([...entries.values()], requestsInFlight, (entry) =>
    planRemoval(planner, entry, live, previous),
  )
  const found = inventory.entries.length + readopted
  const assembled = assemble(planner, {
    planned,
    unplaced: facts.unplaced,
    removals,
    owned: inventory.entries.length,
    found,
  })
  return { ...assembled, arriving: coming }
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
