import { setTimeout as sleep } from 'node:timers/promises'
import { describeRef, fieldManager, identityOf, isMarked, refOf } from '@plimsoll/domain'
import type { Fault, InventoryEntry, KubernetesObject, LiveState, ObjectRef, Step } from '@plimsoll/domain'
import { apply, get, hiding, KubernetesError, ownedHash, remove, toSend } from '@plimsoll/kubernetes'
import type { KubernetesErrorKind } from '@plimsoll/kubernetes'
import { faultOf } from './fault.ts'
import { writeTimeoutMs } from './lease.ts'
import { claimedText, handOver, otherClaimant } from '../workflow-of-mark.ts'
import { holdToPlan } from './hold-to-plan.ts'
import { makeRoom } from './make-room.ts'
import { stillThere } from './until-gone.ts'
import type { Writer } from './writer.ts'

/** What carrying out one step came to. */
export type Outcome =
  | {
      readonly done: 'applied'
      readonly entry: InventoryEntry
      readonly generation: number | undefined
      readonly resolved: boolean
    }
  | { readonly done: 'deleted'; readonly ref: ObjectRef }
  | {
      readonly done: 'failed'
      readonly action: Step['action']
      readonly ref: ObjectRef
      readonly fault: Fault
      readonly kind: KubernetesErrorKind
      /** It lies in the cluster or in our rights there, not in what was to be written. */
      readonly isOutside: boolean
    }

/**
 * A controller writes the status of an object several times while it acts on a change: what comes between a look and a
 * write then comes again. Each further try waits twice as long, 2.5 s in all.
 */
const rebasesAtMost = 8
const firstPauseMs = 10

/** What lies in the cluster or in our rights there, not in what was to be written. */
export const outside: ReadonlySet<KubernetesErrorKind> = new Set([
  'forbidden',
  'unauthorized',
  'untrusted',
  'bad-answer',
])

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
    if (!(error instanceof KubernetesError) || !isFinal(error)) throw error
    const fault = faultOf(ref, step.action, error)
    return { done: 'failed', action: step.action, ref, fault, kind: error.kind, isOutside: outside.has(error.kind) }
  }
}

/** Whether no later try can pass; an identity that is refused may be renewed at any time. */
export function isFinal({ retryable, kind }: KubernetesError): boolean {
  return !retryable && kind !== 'unauthorized'
}

type ApplyStep = Exclude<Step, { readonly action: 'delete' }>

async function applyObject(writer: Writer, { object, digest, ignoring, ...step }: ApplyStep): Promise<Outcome> {
  const { cluster, config, hash, mayWrite, signal } = writer
  const declared = (step.action === 'update' ? step.declared : undefined) ?? object
  let sent = object
  if (step.action === 'replace') await makeRoom(writer, refOf(object), step.live)
  let live: LiveState | undefined = step.action === 'update' ? step.live : undefined
  let force = step.action === 'update' && step.force
  let madeUid: string | undefined
  for (let rebases = 0; ;) {
    mayWrite()
    try {
      const { object: after, created } = await apply(cluster, sent, {
        precondition: live ?? { create: true },
        force,
        timeoutMs: writeTimeoutMs,
        signal,
      })
      const { uid = '' } = after.metadata
      const entry: InventoryEntry = {
        ...refOf(object),
        uid,
        digest,
        owned: ownedHash(after, fieldManager, hash),
        ...(ignoring !== undefined && { ignoring }),
        ...((created || uid === madeUid) && { created: true }),
      }
      return { done: 'applied', entry, generation: after.metadata.generation, resolved: force }
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error
      if (force || error.kind !== 'conflict-fields') {
        if (error.kind !== 'conflict-precondition' || rebases++ >= rebasesAtMost) throw error
      } else if (config.sync_policy.conflict_resolution === 'take') {
        force = true
        continue
      } else if (rebases++ >= rebasesAtMost) throw error
      await pause(rebases, signal)
      const found = await rebase(writer, refOf(object), step, live, error)
      live = found && liveState(found)
      // What is ignored is left as it is now, not as it was when it was planned.
      sent = found === undefined ? declared : toSend(declared, found, config.ignore).object
      if (found && isMade(writer, step, found)) madeUid = found.metadata.uid
    }
  }
}

async function pause(rebases: number, signal: AbortSignal): Promise<void> {
  if (rebases > 1) await sleep(firstPauseMs * 2 ** (rebases - 1), undefined, { signal })
}

/** The object is not what was planned: looks at what it is now, keeps that, and goes on from there if it may. */
async function rebase(
  writer: Writer,
  ref: ObjectRef,
  step: Pick<ApplyStep, 'action'> & { readonly live?: LiveState },
  tried: LiveState | undefined,
  error: KubernetesError,
): Promise<KubernetesObject | undefined> {
  const { cluster, config, mark, backUp, signal } = writer
  const live = await get(cluster, ref, { signal })
  // The API server looks at the owners of fields first: they may be others only because the object is another by now.
  if (error.kind === 'conflict-fields' && live && live.metadata.resourceVersion === tried?.resourceVersion) throw error
  holdToPlan(writer, ref, step.live, live)
  if (live === undefined) return undefined
  await refuseClaimed(writer, live)
  const isOurs = isMarked(live, mark) || live.metadata.uid === step.live?.uid
  if (!isOurs && config.sync_policy.conflict_resolution !== 'take')
    throw new KubernetesError({
      kind: 'conflict-precondition',
      message: `${describeRef(ref)} was made by someone else after it was planned, and does not belong to this workflow`,
      retryable: false,
      ref,
    })
  // What is written to it now would go with it.
  if (live.metadata['deletionTimestamp'] !== undefined) throw stillThere(ref)
  if (!isMade(writer, step, live)) await backUp(live)
  return live
}

/** What another workflow made or took after it was planned stays its own, whatever the policy says. */
async function refuseClaimed({ mark, workflowOf }: Writer, live: KubernetesObject): Promise<void> {
  const claimant = workflowOf && (await otherClaimant(live, mark, workflowOf))
  if (claimant === undefined) return
  const message = `${claimedText(live, claimant)}; ${handOver(live, claimant)}`
  throw new KubernetesError({ kind: 'conflict-precondition', message, retryable: false, ref: refOf(live) })
}

/** Whether an object that was to be created is there because these steps were begun before. */
function isMade({ isResumed, mark }: Writer, { action }: Pick<Step, 'action'>, live: KubernetesObject): boolean {
  return isResumed && (action === 'create' || action === 'replace') && isMarked(live, mark)
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
      await pause(rebases + 1, signal)
      const now = await get(cluster, ref, { signal })
      // Gone, made anew by someone else, or not marked as ours any more: not ours to delete.
      if (now === undefined || now.metadata.uid !== live.uid || !isMarked(now, mark)) return { done: 'deleted', ref }
      holdToPlan(writer, ref, live, now)
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
