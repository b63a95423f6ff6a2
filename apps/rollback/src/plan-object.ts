import {
  createChange,
  deleteChange,
  describeRef,
  fieldManager,
  isKept,
  isMarked,
  place,
  refOf,
  refusalToTouch,
  updateChange,
} from '@plimsoll/domain'
import type {
  ChangeDraft,
  InventoryEntry,
  KubernetesObject,
  LiveState,
  Step,
  ValueToken,
  WorkflowConfig,
} from '@plimsoll/domain'
import {
  apply,
  diffFields,
  get,
  KubernetesError,
  ownedHash,
  recreationOf,
  restorationOf,
  servedRef,
} from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import type { Return } from './rollback-steps.ts'
import type { Touched } from './touched.ts'

export type Planner = {
  readonly cluster: Cluster
  readonly config: WorkflowConfig
  readonly mark: string
  readonly token: ValueToken
  /** Digests the fields that are ours in a live object. */
  readonly hash: (text: string) => string
  /** Also puts back what someone else changed meanwhile. */
  readonly force: boolean
  /** Asks the API server what would become of each object; without it the plan shows what was there before. */
  readonly asks: boolean
  readonly signal: AbortSignal
}

export type Candidate = Touched & {
  /** In the inventory of before, and in that of now. */
  readonly previous: InventoryEntry | undefined
  readonly now: InventoryEntry | undefined
}

/** What becomes of one object. Texts are for people. */
export type ObjectPlan =
  | {
      readonly outcome: 'step'
      readonly step: Step
      /** What the step changes or deletes, as it was looked at; what is created has no state before. */
      readonly live?: KubernetesObject | undefined
      readonly change: ChangeDraft | undefined
      readonly gives?: Return | undefined
      readonly warning?: string | undefined
    }
  /** It is as it was; or, `isOther`, there is nothing to put it back to. */
  | { readonly outcome: 'same'; readonly live: KubernetesObject; readonly isOther?: true }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'kept' | 'left'; readonly text: string }

/** Compares one object with what it was before. Throws only a KubernetesError that may pass. */
export async function planObject(planner: Planner, candidate: Candidate): Promise<ObjectPlan> {
  const { cluster, config, signal } = planner
  const { ref, before } = candidate
  const served = await servedRef(cluster, ref)
  if (served === undefined)
    return before === null
      ? { outcome: 'absent' }
      : { outcome: 'left', text: `${describeRef(ref)}: the cluster does not know its kind any more` }
  const live = await get(cluster, served, { signal })
  if (before === null) return live === undefined ? { outcome: 'absent' } : planRemoval(planner, candidate, live)
  const refusal = refusalOf(before, config)
  if (refusal !== undefined) return { outcome: 'left', text: `${describeRef(ref)}: ${refusal}` }
  return live === undefined || live.metadata['deletionTimestamp'] !== undefined
    ? planRecreation(planner, candidate, before)
    : planRestoration(planner, candidate, before, live)
}

/** Only what we have made is removed, and nothing that would take other things, or data, with it. */
function planRemoval(
  { config, mark, token, hash, force }: Planner,
  { ref, previous, now }: Candidate,
  live: KubernetesObject,
): ObjectPlan {
  const name = describeRef(ref)
  // It belongs to what was applied before, and was only missing just then: that is no state to put back.
  if (previous !== undefined) return { outcome: 'same', live, isOther: true }
  const isMade = now?.created === true && now.uid === live.metadata.uid && isMarked(live, mark)
  if (!isMade) return { outcome: 'left', text: `${name}: it is not known that the sync created it` }
  if (isKept(ref)) return { outcome: 'kept', text: name }
  const refusal = refusalToTouch(refOf(live), config.allow)
  if (refusal !== undefined) return { outcome: 'left', text: `${name}: ${refusal}` }
  if (!force && ownedHash(live, fieldManager, hash) !== now.owned)
    return { outcome: 'left', text: `${name}: someone changed it after it was created` }
  const step: Step = { action: 'delete', ref: refOf(live), live: liveState(live) }
  return { outcome: 'step', step, live, change: deleteChange(live, token) }
}

function planRecreation(
  { token, force }: Planner,
  { ref, previous, isDeleted, isReplaced }: Candidate,
  before: KubernetesObject,
): ObjectPlan {
  if (!isDeleted && !isReplaced && !force)
    return { outcome: 'left', text: `${describeRef(ref)}: someone else deleted it` }
  const object = recreationOf(before, fieldManager)
  const step: Step = { action: 'create', object, digest: previous?.digest ?? '', ...ignoringOf(previous) }
  const warning =
    ref.kind === 'PersistentVolumeClaim'
      ? `${describeRef(ref)} is created again, and its data is not put back`
      : undefined
  return { outcome: 'step', step, change: createChange(object, token), warning }
}

async function planRestoration(
  planner: Planner,
  { ref, previous, now, isReplaced }: Candidate,
  before: KubernetesObject,
  live: KubernetesObject,
): Promise<ObjectPlan> {
  const { token, force } = planner
  if (live.metadata.uid !== before.metadata.uid && live.metadata.uid !== now?.uid)
    return { outcome: 'left', text: `${describeRef(ref)}: someone else made it anew` }
  const { object, isNeeded, taken } = restorationOf(before, live, fieldManager)
  if (!isNeeded) return { outcome: 'same', live }
  const common = { digest: previous?.digest ?? '', ...ignoringOf(previous), live: liveState(live) }
  if (isReplaced && !isKept(ref)) {
    const anew = recreationOf(before, fieldManager)
    const step: Step = { action: 'replace', object: anew, ...common }
    return { outcome: 'step', step, live, change: updateChange(live, before, token, diffFields) }
  }
  const step: Step = { action: 'update', object, force, ...common }
  const asked = await ask(planner, object, before, step)
  if (asked.refusal !== undefined) return { outcome: 'left', text: `${describeRef(ref)}: ${asked.refusal}` }
  const gives: Return | undefined =
    previous === undefined || Object.keys(taken).length > 0 ? { before, taken } : undefined
  return { outcome: 'step', step, live, change: updateChange(live, asked.after, token, diffFields), gives }
}

/** What an apply would make of the object; a refusal that no second try changes is told before anything is written. */
async function ask(
  { cluster, asks, signal }: Planner,
  object: KubernetesObject,
  before: KubernetesObject,
  { live, force }: { readonly live: LiveState; readonly force: boolean },
): Promise<{ readonly after: KubernetesObject; readonly refusal?: string }> {
  if (!asks) return { after: before }
  try {
    return { after: (await apply(cluster, object, { dryRun: true, force, precondition: live, signal })).object }
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.retryable || error.kind === 'unauthorized') throw error
    // It changed while we looked: its next state is met when it is written to.
    return error.kind === 'conflict-precondition' ? { after: before } : { after: before, refusal: error.message }
  }
}

/** Why the workflow may not touch it any more. */
function refusalOf(object: KubernetesObject, config: WorkflowConfig): string | undefined {
  const scope = object.metadata.namespace === undefined ? 'cluster' : 'namespaced'
  return place([{ object, digest: '', origin: '' }], config, () => scope).faults[0]?.because
}

function ignoringOf(entry: InventoryEntry | undefined): { readonly ignoring?: string } {
  return entry?.ignoring === undefined ? {} : { ignoring: entry.ignoring }
}

function liveState({ metadata: { uid = '', resourceVersion = '' } }: KubernetesObject): LiveState {
  return { uid, resourceVersion }
}
