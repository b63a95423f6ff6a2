import { identityOf } from '../../object/object-ref.ts'
import type { DriftedObject, DriftEvent } from '../events/drift-events.ts'
import { driftedAtMost, isRecent } from './drift-state.ts'
import type { Drift, HealedObject } from './drift-state.ts'
import type { WorkflowEvent } from '../events/events.ts'
import type { Workflow } from './state.ts'

export function evolveDrift(workflow: Workflow, { type, data }: DriftEvent): Workflow {
  switch (type) {
    case 'DriftDetected': {
      const { at, objects, total, heal_at, contest } = data
      const returned = countReturned(workflow, at)
      const before = returned.drift
      const news = new Set(objects.map(identityOf))
      const kept = (before?.objects ?? []).filter((object) => !news.has(identityOf(object)))
      return {
        ...returned,
        drift: {
          since: before?.since ?? at,
          objects: [...kept, ...objects].slice(0, driftedAtMost),
          total,
          heal_at,
          contest,
          attempts: before?.attempts ?? 0,
          ended_by: null,
        },
      }
    }
    case 'DriftHealed': {
      const before = workflow.drift
      const gone = new Set(data.objects.map(identityOf))
      const left = (before?.objects ?? []).filter((object) => !gone.has(identityOf(object)))
      return {
        ...workflow,
        healed: remember(workflow.healed, before?.objects ?? [], data),
        drift: before === null || data.left === 0 ? null : { ...before, objects: left, total: data.left },
      }
    }
    case 'HealthObserved': {
      const { at, healthy, objects, total } = data
      // What the sync said of health when it ended is outlived.
      const carriedOut = healthy && workflow.carriedOut ? { ...workflow.carriedOut, healthy } : workflow.carriedOut
      const since = workflow.unhealthy?.since ?? at
      return { ...workflow, carriedOut, unhealthy: healthy ? null : { since, objects, total } }
    }
  }
}

/**
 * Drift that is back before anyone saw it gone, as of who writes at once: what put it back meanwhile counts as what was seen to.
 * It was no try in vain, so it holds up nothing else.
 */
export function countReturned(workflow: Workflow, at: string): Workflow {
  const { drift, healed } = workflow
  if (drift === null || drift.ended_by === null) return workflow
  const { objects, total, attempts, ended_by } = drift
  // Of objects that are not kept nothing can be counted.
  const isKept = objects.length >= total
  return {
    ...workflow,
    healed: remember(healed, objects, { at, objects, how: ended_by.how }),
    drift: { ...drift, attempts: isKept ? 0 : attempts },
  }
}

function remember(
  healed: readonly HealedObject[],
  drifted: readonly DriftedObject[],
  { at, objects, how }: Pick<Extract<DriftEvent, { readonly type: 'DriftHealed' }>['data'], 'at' | 'objects' | 'how'>,
): readonly HealedObject[] {
  if (how === 'sync' || how === 'rollback') return []
  const known = new Map(healed.filter((one) => isRecent(one, at)).map((one) => [one.identity, one]))
  const found = new Map(drifted.map((object) => [identityOf(object), object]))
  for (const ref of objects) {
    const identity = identityOf(ref)
    const before = known.get(identity)
    known.delete(identity)
    known.set(identity, {
      identity,
      heals: (before?.heals ?? 0) + (how === 'heal' ? 1 : 0),
      returns: (before?.returns ?? 0) + (how === 'itself' ? 1 : 0),
      fields: how === 'heal' ? counted(before, found.get(identity)) : (before?.fields ?? []),
      first_at: before?.first_at ?? at,
      last_at: at,
    })
  }
  return [...known.values()].slice(-driftedAtMost)
}

const fieldsCounted = 5
const fieldsKept = 20

/** Who takes turns between fields fights for each of them. */
function counted(before: HealedObject | undefined, object: DriftedObject | undefined): HealedObject['fields'] {
  const heals = new Map(before?.fields.map((field) => [field.path, field.heals]))
  const healed = (object?.fields ?? []).slice(0, fieldsCounted)
  const others = (before?.fields ?? []).filter(({ path }) => !healed.includes(path))
  return [...healed.map((path) => ({ path, heals: (heals.get(path) ?? 0) + 1 })), ...others].slice(0, fieldsKept)
}

/**
 * What other events mean for drift and health. A heal is no sync of something new: it leaves what is planned, tried, rejected and
 * to be rolled back as it was.
 */
export function settleDrift(before: Workflow, after: Workflow, { type, data }: WorkflowEvent): Workflow {
  switch (type) {
    case 'PlanMade':
      return isHeal(before, data.sync_id) && before.sync !== null
        ? { ...before, sync: { ...before.sync, plan: data } }
        : after
    case 'SyncRequested':
      return data.trigger !== 'heal' || before.drift === null
        ? after
        : { ...after, drift: { ...before.drift, heal_at: null, attempts: before.drift.attempts + 1 } }
    case 'SyncSucceeded': {
      const how = isHeal(before, data.sync_id) ? 'heal' : 'sync'
      const ended = writtenSince({ ...after, unhealthy: null }, { how, by: data.sync_id })
      if (how === 'sync') return ended
      // A heal does not wait for health.
      const carriedOut = ended.carriedOut && { ...ended.carriedOut, healthy: before.carriedOut?.healthy ?? true }
      return { ...ended, ...untouched(before), carriedOut, failure: before.failure, unhealthy: before.unhealthy }
    }
    case 'SyncFailed':
      if (isHeal(before, data.sync_id))
        return { ...after, ...untouched(before), carriedOut: before.carriedOut, plan: null, failure: before.failure }
      return before.sync?.id === data.sync_id && before.sync.started
        ? { ...after, drift: null, unhealthy: null }
        : after
    case 'SyncSuperseded': {
      if (before.sync?.id !== data.sync_id) return after
      const { started } = before.sync
      if (isHeal(before, data.sync_id))
        return { ...after, ...untouched(before), last: before.last, carriedOut: before.carriedOut }
      return started ? { ...after, drift: null, unhealthy: null } : after
    }
    case 'RollbackSucceeded':
      return writtenSince({ ...after, unhealthy: null }, { how: 'rollback', by: data.rollback_id })
    case 'RollbackFailed':
    case 'WorkflowDeleted':
      return { ...after, drift: null, unhealthy: null }
    default:
      return after
  }
}

function writtenSince(workflow: Workflow, ended_by: NonNullable<Drift['ended_by']>): Workflow {
  return workflow.drift === null ? workflow : { ...workflow, drift: { ...workflow.drift, heal_at: null, ended_by } }
}

function untouched({ newest, undone, rejected, rollbacksInARow, tried }: Workflow): Partial<Workflow> {
  return { newest, undone, rejected, rollbacksInARow, tried }
}

function isHeal({ sync }: Workflow, id: string | null): boolean {
  return sync !== null && sync.id === id && sync.trigger === 'heal'
}
