import { boundText } from '../../fault.ts'
import { identityOf } from '../../object/object-ref.ts'
import type { ObjectRef } from '../../object/object-ref.ts'
import type { Contest, DriftedObject, DriftEvent, UnhealthyObject } from '../events/drift-events.ts'
import { driftedAtMost, isRecent } from '../state/drift-state.ts'
import { countReturned, evolveDrift } from '../state/evolve-drift.ts'
import type { HealedObject } from '../state/drift-state.ts'
import { contestText, driftedText, healedText, unhealthyText } from '../state/drift-status.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { MadePlan } from '../events/made-plan.ts'
import { contestedFrom, healPauseMs } from '../state/heal-back-off.ts'
import { requestSync, withdrawSync } from './decisions.ts'
import { waitsForPerson } from './rollback-decisions.ts'
import type { Workflow } from '../state/state.ts'

/** All that differs of what an inventory says, as somebody found it in the cluster. */
export type DriftSeen = {
  /** Digest of the inventory that the cluster was compared with. */
  readonly inventory: string
  readonly objects: readonly DriftedObject[]
  /** Of objects that drifted before and are as they should be now: for how long they have been, as far as is known. */
  readonly calmMs: number
}

export type LookedAt = { readonly now: Date; readonly autoSync: boolean }

/**
 * Whether the cluster is to be as the inventory says: something was applied, nobody of ours writes, and what wrote last ended
 * well. What failed half-way says by itself that it did.
 */
export function isSettled(workflow: Workflow): boolean {
  const { config, applied, inventory, sync, rollback, retry, undone, carriedOut } = workflow
  if (config === null || applied === null || inventory === null) return false
  if (sync?.started || rollback !== null || retry !== null) return false
  return (undone ?? carriedOut)?.status === 'succeeded'
}

/** Whether drift is put back by itself: what stops everything that comes by itself stops this too. */
export function healsItself(workflow: Workflow, autoSync: boolean): boolean {
  const { config, paused } = workflow
  return autoSync && config?.sync_policy.self_heal === true && paused === null && !waitsForPerson(workflow)
}

/** Records what began to drift, and what does so no longer: once for each lasting change. */
export function observeDrift(seen: DriftSeen, { now, autoSync }: LookedAt) {
  return (workflow: Workflow): readonly WorkflowEvent[] => {
    if (!isSettled(workflow) || workflow.inventory !== seen.inventory) return []
    const at = now.toISOString()
    const healed = healedSince(workflow, seen, at)
    if (seen.objects.length === 0) return healed
    const after = countReturned(healed.reduce(evolveDrift, workflow), at)
    const { drift } = after
    const objects = boundDrift(news(after, seen.objects))
    const healAt = nextHealAt(after, seen.objects, { now, autoSync })
    const isTold =
      drift !== null &&
      drift.ended_by === null &&
      objects.length === 0 &&
      drift.total === seen.objects.length &&
      (drift.heal_at === null) === (healAt === null)
    if (isTold) return healed
    const contest = contestOf(after, seen.objects, at)
    const total = seen.objects.length
    const message = [
      contest && contestText(contest),
      driftedText({ objects: objects.length > 0 ? objects : seen.objects, total }),
    ]
    const data = {
      at,
      objects,
      total,
      heal_at: healAt,
      contest,
      message: message.filter((text) => text !== null).join(' '),
    }
    return [...healed, { type: 'DriftDetected', data }]
  }
}

/** When drift that is gone may be told: at once, but later each time it comes back. Undefined where none is gone. */
export function calmBefore(workflow: Workflow, seen: Pick<DriftSeen, 'objects'>, now: Date): number | undefined {
  const { drift } = workflow
  const gone = goneSince(workflow, seen)
  if (drift === null || (gone.length === 0 && seen.objects.length > 0)) return undefined
  if (drift.ended_by !== null) return 0
  const returns = recentOf(workflow, gone, now.toISOString()).map((one) => one.returns)
  return healPauseMs(Math.max(0, ...returns) * 2)
}

function healedSince(workflow: Workflow, seen: DriftSeen, at: string): DriftEvent[] {
  const { drift } = workflow
  const calm = calmBefore(workflow, seen, new Date(at))
  if (drift === null || calm === undefined || seen.calmMs < calm) return []
  const gone = goneSince(workflow, seen)
  const left = seen.objects.length
  const { how, by } = drift.ended_by ?? { how: 'itself' as const, by: null }
  const message = healedText(gone, { how, by, left })
  return [{ type: 'DriftHealed', data: { at, objects: gone, left, how, by, message } }]
}

function goneSince({ drift }: Workflow, { objects }: Pick<DriftSeen, 'objects'>): readonly ObjectRef[] {
  const drifted = new Set(objects.map(identityOf))
  return (drift?.objects ?? []).filter((object) => !drifted.has(identityOf(object))).map(refOnly)
}

function refOnly({ apiVersion, kind, namespace, name }: ObjectRef): ObjectRef {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}

/** What is not known yet, or differs in another way; as many as a state keeps. */
function news({ drift }: Workflow, objects: readonly DriftedObject[]): readonly DriftedObject[] {
  const known = new Map((drift?.objects ?? []).map((object) => [identityOf(object), object]))
  const room = driftedAtMost - known.size
  const { fresh = [], old = [] } = Object.groupBy(objects, (object) =>
    known.has(identityOf(object)) ? 'old' : 'fresh',
  )
  const changed = old.filter((object) => {
    const before = known.get(identityOf(object))
    return before !== undefined && wayOf(before) !== wayOf(object)
  })
  return [...changed, ...fresh.slice(0, room)]
}

function wayOf({ what, fields, more_fields: more }: DriftedObject): string {
  return JSON.stringify([what, fields, more])
}

/** An event holds 64 KiB, and more than its objects. */
const mostBytes = 48_000

function boundDrift(objects: readonly DriftedObject[]): readonly DriftedObject[] {
  return fitting(objects)
}

function fitting<Item>(items: readonly Item[]): readonly Item[] {
  let bytes = 0
  const tooMany = items.findIndex(
    (item) => (bytes += new TextEncoder().encode(JSON.stringify(item)).length) > mostBytes,
  )
  return tooMany < 0 ? items : items.slice(0, tooMany)
}

const fieldsAtMost = 5

/** What is told of one object that drifted. `fields`: their paths. */
export function driftedObject(
  ref: ObjectRef,
  {
    what,
    fields = [],
    manager = null,
    time = null,
  }: Pick<DriftedObject, 'what'> & Partial<Pick<DriftedObject, 'fields' | 'manager' | 'time'>>,
): DriftedObject {
  return {
    ...refOnly(ref),
    what,
    fields: fields.slice(0, fieldsAtMost).map((path) => boundText(path, 200)),
    more_fields: Math.max(0, fields.length - fieldsAtMost),
    manager: manager === null ? null : boundText(manager, 128),
    time,
  }
}

/** The soonest that one of the objects may be put back; what was healed just now waits longer each time. */
function nextHealAt(workflow: Workflow, objects: readonly DriftedObject[], { now, autoSync }: LookedAt): string | null {
  const { drift, sync } = workflow
  if (!healsItself(workflow, autoSync) || sync !== null) return null
  if (drift?.heal_at !== null && drift?.heal_at !== undefined) return drift.heal_at
  const recent = new Map(recentOf(workflow, objects, now.toISOString()).map((one) => [one.identity, one.heals]))
  const heals = Math.min(...objects.map((object) => recent.get(identityOf(object)) ?? 0))
  const waitMs = healPauseMs(Math.max(heals, drift?.attempts ?? 0))
  return new Date(now.getTime() + waitMs).toISOString()
}

function recentOf({ healed }: Workflow, refs: readonly ObjectRef[], at: string): readonly HealedObject[] {
  const wanted = new Set(refs.map(identityOf))
  return healed.filter((one) => wanted.has(one.identity) && isRecent(one, at))
}

/** The field that was healed most often lately and drifts again, if that was often enough to call it a fight. */
function contestOf(workflow: Workflow, objects: readonly DriftedObject[], at: string): Contest | null {
  const recent = new Map(recentOf(workflow, objects, at).map((one) => [one.identity, one]))
  const fights = objects.flatMap((object): Contest[] => {
    const before = recent.get(identityOf(object))
    if (before === undefined) return []
    const within_ms = Date.parse(at) - Date.parse(before.first_at)
    const fight = { object: refOnly(object), manager: object.manager, within_ms }
    if (object.fields.length === 0) return [{ ...fight, field: null, heals: before.heals }]
    return before.fields
      .filter(({ path }) => object.fields.includes(path))
      .map(({ path, heals }) => ({ ...fight, field: path, heals }))
  })
  const [worst] = fights.filter(({ heals }) => heals >= contestedFrom).toSorted((a, b) => b.heals - a.heals)
  return worst ?? null
}

/** Whether drift is to be put back at this instant, by a sync of what was synced last. */
export function healIsDue(workflow: Workflow, { now, autoSync }: LookedAt): boolean {
  const { drift, sync, next, reconfigured, wanted } = workflow
  if (!isSettled(workflow) || !healsItself(workflow, autoSync) || drift === null || drift.heal_at === null) return false
  if (sync !== null || next !== null || reconfigured || wanted !== null) return false
  return Date.parse(drift.heal_at) <= now.getTime()
}

/** Asks for the heal that is due, with its plan. */
export function requestHeal(syncId: string, plan: Omit<MadePlan, 'sync_id'>, looked: LookedAt) {
  return (workflow: Workflow): readonly WorkflowEvent[] => {
    if (!healIsDue(workflow, looked) || workflow.applied?.manifest_set !== plan.manifest_set) return []
    const asked = requestSync(syncId, 'heal', plan.revision)(workflow)
    return asked.length === 0 ? [] : [...asked, { type: 'PlanMade', data: { ...plan, sync_id: syncId } }]
  }
}

/** Gives up a heal that has not begun: there is nothing to put back any more, or not as it was. */
export function withdrawHeal(by: string) {
  return (workflow: Workflow): readonly WorkflowEvent[] =>
    workflow.sync?.trigger === 'heal' ? withdrawSync(workflow.sync.id, by)(workflow) : []
}

/** Records how what was applied fares now: once for each change of what is unhealthy. */
export function observeHealth(
  { inventory, objects }: { readonly inventory: string; readonly objects: readonly UnhealthyObject[] },
  now: Date,
) {
  return (workflow: Workflow): readonly WorkflowEvent[] => {
    const { config, unhealthy, carriedOut } = workflow
    if (!isSettled(workflow) || workflow.inventory !== inventory) return []
    if (config?.sync_policy.health_check.enabled !== true) return []
    const wasHealthy = unhealthy === null && (carriedOut?.status !== 'succeeded' || carriedOut.healthy)
    const at = now.toISOString()
    if (objects.length === 0)
      return wasHealthy
        ? []
        : [
            {
              type: 'HealthObserved',
              data: { at, healthy: true, objects: [], total: 0, message: 'All is healthy again.' },
            },
          ]
    const told = fitting(objects.slice(0, driftedAtMost).map(bounded))
    if (unhealthy?.total === objects.length && conditionOf(unhealthy.objects) === conditionOf(told)) return []
    const total = objects.length
    const message = unhealthyText({ objects: told, total })
    return [{ type: 'HealthObserved', data: { at, healthy: false, objects: told, total, message } }]
  }
}

function bounded({ status, message, ...ref }: UnhealthyObject): UnhealthyObject {
  return { ...refOnly(ref), status, message: boundText(message, 300) }
}

function conditionOf(objects: readonly UnhealthyObject[]): string {
  return objects
    .map((object) => `${identityOf(object)} ${object.status}`)
    .toSorted()
    .join('\n')
}
