import { createChange, fieldManager, isMarked, refOf, updateChange } from '@plimsoll/domain'
import type {
  ChangeDraft,
  Conflict,
  InventoryEntry,
  KubernetesObject,
  LiveState,
  Step,
  ValueToken,
  WorkflowConfig,
} from '@plimsoll/domain'
import { apply, diffFields, get, KubernetesError, ownedHash } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { alreadyExists, notOurFields, refused } from './conflict.ts'
import { hasField } from './has-field.ts'
import { lookUp } from './look-up.ts'

/** One object of a manifest set that may differ from what lives. */
export type Candidate = {
  /** As it will be applied: placed and marked. */
  readonly object: KubernetesObject
  readonly digest: string
  readonly entry: InventoryEntry | undefined
  /** What was applied last: tells a field of ours that drifted from one that never was ours. */
  readonly previous: () => Promise<KubernetesObject | undefined>
  readonly presence: 'absent' | 'maybe'
  /** Its namespace or its kind comes with this very sync, so the API server cannot be asked yet. */
  readonly unaskable: boolean
}

export type ObjectPlan =
  | { readonly outcome: 'unchanged'; readonly entry: InventoryEntry }
  | { readonly outcome: 'step'; readonly step: Step; readonly change: ChangeDraft | undefined }
  | { readonly outcome: 'conflict'; readonly conflict: Conflict }

export type Planner = {
  readonly cluster: Cluster
  readonly config: WorkflowConfig
  /** Of the workflow's objects. */
  readonly mark: string
  readonly token: ValueToken
  /** Digest under the cluster's key, for the fields that are ours in a live object. */
  readonly hash: (text: string) => string
  readonly signal: AbortSignal
}

/**
 * Plans one object; the API server itself says what an apply would do.
 * Throws only a KubernetesError that may pass: whatever is final is a conflict of the plan.
 */
export async function planObject(planner: Planner, candidate: Candidate): Promise<ObjectPlan> {
  const { cluster, signal } = planner
  try {
    const live = candidate.presence === 'absent' ? undefined : await lookUp(cluster, refOf(candidate.object), signal)
    return live === undefined ? await planCreate(planner, candidate) : await planUpdate(planner, candidate, live)
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.retryable || error.kind === 'unauthorized') throw error
    return { outcome: 'conflict', conflict: refused(candidate.object, error) }
  }
}

async function planCreate(planner: Planner, candidate: Candidate): Promise<ObjectPlan> {
  const { object, digest, unaskable } = candidate
  const { cluster, config, token, signal } = planner
  if (config.diff_preview && !unaskable) {
    try {
      await apply(cluster, object, { dryRun: true, precondition: { create: true }, signal })
    } catch (error) {
      const live = isTaken(error) ? await get(cluster, refOf(object), { signal }) : undefined
      if (live === undefined) throw error
      return planUpdate(planner, candidate, live)
    }
  }
  return { outcome: 'step', step: { action: 'create', object, digest }, change: createChange(object, token) }
}

async function planUpdate(planner: Planner, candidate: Candidate, live: KubernetesObject): Promise<ObjectPlan> {
  const { object, digest, entry } = candidate
  const { config, token, hash } = planner
  const takesAll = config.sync_policy.conflict_resolution === 'take'
  // Of the same name is not the same: someone else may have made it anew, or before we could.
  const isOurs = isMarked(live, planner.mark) || (entry !== undefined && entry.uid === live.metadata.uid)
  if (!isOurs && !takesAll) return { outcome: 'conflict', conflict: alreadyExists(live) }
  // What is written to it now would go with it: it is made anew once it is gone.
  if (live.metadata['deletionTimestamp'] !== undefined)
    return { outcome: 'step', step: { action: 'create', object, digest }, change: createChange(object, token) }
  const state = liveState(live)
  if (!config.diff_preview) {
    const change = updateChange(live, { ...live, ...object }, token, diffFields)
    return { outcome: 'step', step: { action: 'update', object, digest, live: state, force: false }, change }
  }
  const asked = await askForUpdate(planner, candidate, state, false)
  if (asked.conflict !== undefined) return { outcome: 'conflict', conflict: asked.conflict }
  const owned = ownedHash(asked.after, fieldManager, hash)
  const change = updateChange(live, asked.after, token, diffFields)
  return change === undefined && owned === ownedHash(live, fieldManager, hash)
    ? { outcome: 'unchanged', entry: { ...refOf(object), uid: state.uid, digest, owned } }
    : { outcome: 'step', step: { action: 'update', object, digest, live: state, force: asked.force }, change }
}

type Asked =
  | { readonly after: KubernetesObject; readonly force: boolean; readonly conflict?: undefined }
  | { readonly conflict: Conflict }

/** Dry-runs the apply; fields of ours that someone else took over meanwhile, or of anyone if we may, are asked for again with force. */
async function askForUpdate(
  planner: Planner,
  candidate: Candidate,
  precondition: LiveState,
  force: boolean,
): Promise<Asked> {
  const { cluster, config, signal } = planner
  const { object, previous } = candidate
  try {
    return { after: (await apply(cluster, object, { dryRun: true, force, precondition, signal })).object, force }
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.kind !== 'conflict-fields' || force) throw error
    if (config.sync_policy.conflict_resolution === 'take') return askForUpdate(planner, candidate, precondition, true)
    const last = await previous()
    const drifted = last !== undefined && error.conflicts.every(({ field }) => hasField(last, field))
    return drifted ? askForUpdate(planner, candidate, precondition, true) : { conflict: notOurFields(object, error) }
  }
}

/** Someone else's object of that name: the API server looks at the owners of its fields first, then at the precondition. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof KubernetesError && (error.kind === 'conflict-precondition' || error.kind === 'conflict-fields')
  )
}

function liveState({ metadata: { uid = '', resourceVersion = '' } }: KubernetesObject): LiveState {
  return { uid, resourceVersion }
}
