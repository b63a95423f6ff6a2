import { workflowCodec } from '../../codec.ts'
import type { WorkflowEvent } from '../events/events.ts'
import { historyFold } from '../state/history.ts'
import type { History } from '../state/history.ts'
import type { MadePlan } from '../events/made-plan.ts'

/** What is younger than the age, or among the newest `count` of its kind, is kept. */
export type RetentionPolicy = { readonly ageMs: number; readonly count: number }

/** An event names a body. */
export type Reference = {
  /** Of the event: its row, its version, and when it was recorded, in milliseconds since 1970. */
  readonly id: number
  readonly version: number
  readonly at: number
  readonly digest: string
  /** What a sync or rollback wrote, or wrote with; else a plan or a preview. */
  readonly ofWrite: boolean
}

/** A time in which the cluster was as one sync or rollback left it. */
type Reign = { readonly version: number; readonly from: number }

/** A workflow's stream as retention looks at it. */
export type Retained = {
  readonly history: History
  readonly reigns: readonly Reign[]
  readonly references: readonly Reference[]
  /** Plans that are held by what a rollback rejected, by the digest of their objects. */
  readonly plans: ReadonlyMap<string, MadePlan>
  readonly version: number
}

export type Trim = {
  /** The oldest first. */
  readonly references: readonly Reference[]
  readonly syncsBefore: string | null
  readonly plansBefore: string | null
  /** When age alone lets more go, in milliseconds since 1970; null: not before something is recorded. */
  readonly lookAgainAt: number | null
}

type Stored = Parameters<typeof historyFold.decode>[0] & { readonly id: number; readonly version: number }

const writes: ReadonlySet<string> = new Set([
  'SyncStarted',
  'BackupExtended',
  'WaveApplied',
  'HookFinished',
  'SyncSucceeded',
  'SyncFailed',
  'SyncSuperseded',
  'RollbackStarted',
  'RollbackSucceeded',
  'RollbackFailed',
])

/** Reads a stream on, in parts: what was read before is given as `before`. */
export function retain(before: Retained | undefined, stored: readonly Stored[]): Retained {
  let history = before?.history ?? historyFold.initial
  const reigns = [...(before?.reigns ?? [])]
  const references = [...(before?.references ?? [])]
  const plans = new Map(before?.plans)
  for (const row of stored) {
    const timed = historyFold.decode(row)
    const { event } = timed
    const at = row.recordedAt.getTime()
    if (beginsReign(history, event)) reigns.push({ version: row.version, from: at })
    if (event.type === 'PlanMade' && event.data.objects !== '') plans.set(event.data.objects, event.data)
    history = historyFold.evolve(history, timed)
    const ofWrite = writes.has(event.type)
    for (const digest of workflowCodec.encode(event).blobs ?? [])
      references.push({ id: row.id, version: row.version, at, digest, ofWrite })
  }
  return { history, reigns, references, plans, version: stored.at(-1)?.version ?? before?.version ?? 0 }
}

/** Another attempt at the same sync begins nothing new. */
function beginsReign({ workflow: { sync, rollback } }: History, event: WorkflowEvent): boolean {
  switch (event.type) {
    case 'SyncStarted':
      return sync?.id === event.data.sync_id && sync.started === null
    case 'RollbackStarted':
      return rollback?.id === event.data.rollback_id && rollback.started === null
    case 'WorkflowReleased':
      return true
    default:
      return false
  }
}

/**
 * Which references may go. Undefined while a sync or a rollback is about to read what is old: look again later. Never what the
 * current state names, what an open sync waits with, or what a rollback within the rule needs.
 */
export function trimmable(retained: Retained, { ageMs, count }: RetentionPolicy, now: number): Trim | undefined {
  const { history, reigns, references } = retained
  const { workflow } = history
  if (workflow.rollback !== null || workflow.rollbackPreview !== null || workflow.sync?.started) return undefined
  const isGone = workflow.config === null && workflow.leaving === null
  const newest = isGone ? 0 : count
  const oldest = now - ageMs
  const endOf = (index: number) => reigns[index + 1]?.from ?? Number.POSITIVE_INFINITY
  const byRule = reigns.findIndex((_, index) => endOf(index) > oldest || index >= reigns.length - newest)
  const cut = Math.min(byRule < 0 ? 0 : byRule, undoableFrom(retained))
  const first = reigns[cut]
  const plans = references.filter(({ ofWrite }) => !ofWrite)
  const planVersions = [...new Set(plans.map(({ version }) => version))]
  const newestPlan = planVersions[Math.max(0, planVersions.length - newest)] ?? Number.POSITIVE_INFINITY
  const isKept = ({ version, at, ofWrite }: Reference) =>
    ofWrite ? first === undefined || version >= first.version : at > oldest || version >= newestPlan

  const kept = new Set(references.filter(isKept).map(({ digest }) => digest))
  const needed = neededBy(retained, first)
  const gone = references.filter((each) => !isKept(each) && (kept.has(each.digest) || !needed.has(each.digest)))
  const firstPlan = plans.find(isKept)
  const next = [
    ...reigns.flatMap((_, index) => (index >= cut && index < reigns.length - newest ? [endOf(index)] : [])),
    ...plans.filter((each) => isKept(each) && each.version < newestPlan).map(({ at }) => at),
  ].filter((at) => at > oldest && Number.isFinite(at))
  return {
    references: gone,
    syncsBefore: first !== undefined && cut > 0 ? new Date(first.from).toISOString() : null,
    plansBefore: gone.some(({ ofWrite }) => !ofWrite) ? new Date(firstPlan?.at ?? now).toISOString() : null,
    lookAgainAt: next.length === 0 ? null : next.reduce((least, at) => Math.min(least, at)) + ageMs,
  }
}

/** The newest sync that is not undone can always be rolled back, with those that failed before it. */
function undoableFrom({ history: { workflow, done }, reigns }: Retained): number {
  const { newest } = workflow
  if (newest === null || newest.isUndone) return Number.POSITIVE_INFINITY
  const startedAt = done.find(({ id }) => id === newest.first)?.startedAt
  const index = reigns.findIndex(({ from }) => startedAt !== undefined && from >= Date.parse(startedAt))
  return index < 0 ? 0 : index
}

/** Digests that something may read before long, whatever their age. */
function neededBy({ history: { workflow, done }, plans }: Retained, first: Reign | undefined): ReadonlySet<string> {
  const { plan, sync, applied, inventory, newest, rejected } = workflow
  const made = [plan, sync?.plan, ...rejected.map(({ objects }) => plans.get(objects))]
  const undoable = done.filter(({ startedAt }) => first === undefined || Date.parse(startedAt) >= first.from)
  return new Set(
    [
      ...made.flatMap((each) => [each?.plan, each?.steps, each?.manifest_set]),
      applied?.manifest_set,
      inventory,
      newest?.before?.manifest_set,
      ...undoable.flatMap(({ manifest_set, steps, backups, before }) => [
        manifest_set,
        steps,
        ...backups,
        before.applied?.manifest_set,
        before.inventory,
      ]),
    ].filter((digest) => typeof digest === 'string'),
  )
}
