import { describeRef, fieldManager, identityOf, isMarked, refOf } from '@plimsoll/domain'
import type {
  Fault,
  InventoryEntry,
  KubernetesObject,
  LiveState,
  ObjectRef,
  Step,
  WorkflowConfig,
} from '@plimsoll/domain'
import { apply, get, hiding, KubernetesError, ownedHash, remove } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { faultOf } from './fault.ts'
import { writeTimeoutMs } from './lease.ts'

/** What carrying out one step came to. */
export type Outcome =
  | {
      readonly done: 'applied'
      readonly entry: InventoryEntry
      readonly generation: number | undefined
      readonly resolved: boolean
    }
  | { readonly done: 'deleted'; readonly ref: ObjectRef }
  | { readonly done: 'failed'; readonly action: Step['action']; readonly ref: ObjectRef; readonly fault: Fault }

export type Writer = {
  readonly cluster: Cluster
  readonly config: WorkflowConfig
  /** Of the workflow's objects. */
  readonly mark: string
  readonly hash: (text: string) => string
  /** Called before every write; throws when the lease does not allow one. */
  readonly mayWrite: () => void
  /** Keeps the state that a step is about to change, where it is another one than was planned. Durable when it returns. */
  readonly backUp: (live: KubernetesObject) => Promise<void>
  readonly signal: AbortSignal
}

const rebasesAtMost = 5

/** Carries out one step. Throws only what may pass: what is final is a failed outcome. */
export async function carryOut(writer: Writer, step: Step): Promise<Outcome> {
  const ref = step.action === 'delete' ? step.ref : refOf(step.object)
  const { sensitive = [] } = step
  const discreet = { ...writer, cluster: hiding(writer.cluster, () => sensitive) }
  try {
    if (step.action === 'delete') return await deleteObject(discreet, step)
    const outcome = await applyObject(discreet, step)
    return outcome.done === 'applied' && sensitive.length > 0
      ? { ...outcome, entry: { ...outcome.entry, sensitive } }
      : outcome
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.retryable || error.kind === 'unauthorized') throw error
    return { done: 'failed', action: step.action, ref, fault: faultOf(ref, step.action, error) }
  }
}

type ApplyStep = Exclude<Step, { readonly action: 'delete' }>

async function applyObject(writer: Writer, { object, digest, ...step }: ApplyStep): Promise<Outcome> {
  const { cluster, config, hash, mayWrite, signal } = writer
  let live: LiveState | undefined = step.action === 'update' ? step.live : undefined
  let force = step.action === 'update' && step.force
  for (let rebases = 0; ;) {
    mayWrite()
    try {
      const { object: after } = await apply(cluster, object, {
        precondition: live ?? { create: true },
        force,
        timeoutMs: writeTimeoutMs,
        signal,
      })
      const entry = {
        ...refOf(object),
        uid: after.metadata.uid ?? '',
        digest,
        owned: ownedHash(after, fieldManager, hash),
      }
      return { done: 'applied', entry, generation: after.metadata.generation, resolved: force }
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error
      if (error.kind === 'conflict-fields' && !force && config.sync_policy.conflict_resolution === 'take') force = true
      else if (error.kind === 'conflict-precondition' && rebases++ < rebasesAtMost)
        live = await rebase(writer, refOf(object), step.action === 'update' ? step.live.uid : undefined)
      else throw error
    }
  }
}

/** The object is not what was planned: looks at what it is now, keeps that, and goes on from there if it may. */
async function rebase(
  { cluster, config, mark, backUp, signal }: Writer,
  ref: ObjectRef,
  plannedUid: string | undefined,
): Promise<LiveState | undefined> {
  const live = await get(cluster, ref, { signal })
  if (live === undefined) return undefined
  const isOurs = isMarked(live, mark) || live.metadata.uid === plannedUid
  if (!isOurs && config.sync_policy.conflict_resolution !== 'take')
    throw new KubernetesError({
      kind: 'conflict-precondition',
      message: `${describeRef(ref)} was made by someone else after it was planned, and does not belong to this workflow`,
      retryable: false,
      ref,
    })
  // What is written to it now would go with it.
  if (live.metadata['deletionTimestamp'] !== undefined)
    throw new KubernetesError({
      kind: 'conflict-precondition',
      message: `${describeRef(ref)} is being deleted and can be made anew only when it is gone`,
      retryable: true,
      ref,
    })
  await backUp(live)
  return liveState(live)
}

async function deleteObject(
  writer: Writer,
  { ref, live }: Extract<Step, { readonly action: 'delete' }>,
): Promise<Outcome> {
  const { cluster, mark, mayWrite, backUp, signal } = writer
  let state = live
  for (let rebases = 0; ; rebases++) {
    mayWrite()
    try {
      await remove(cluster, ref, { ...state, timeoutMs: writeTimeoutMs, signal })
      return { done: 'deleted', ref }
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.kind !== 'conflict-precondition' || rebases >= rebasesAtMost)
        throw error
      const now = await get(cluster, ref, { signal })
      // Gone, made anew by someone else, or not marked as ours any more: not ours to delete.
      if (now === undefined || now.metadata.uid !== live.uid || !isMarked(now, mark)) return { done: 'deleted', ref }
      await backUp(now)
      state = liveState(now)
    }
  }
}

function liveState({ metadata: { uid = '', resourceVersion = '' } }: KubernetesObject): LiveState {
  return { uid, resourceVersion }
}

/** The identity of what an outcome is about. */
export function identityOfOutcome(outcome: Outcome): string {
  return identityOf(outcome.done === 'applied' ? outcome.entry : outcome.ref)
}
