import { createChange, describeRef, fieldManager, isMarked, optionsOf, refOf } from '@plimsoll/domain'
import type { InventoryEntry, KubernetesObject, LiveState, Step } from '@plimsoll/domain'
import { apply, get, KubernetesError, ownedHash, toSend } from '@plimsoll/kubernetes'
import { otherClaimant } from '@plimsoll/service'
import { answerTo, askForUpdate } from './ask.ts'
import { recorded } from './candidate.ts'
import type { Candidate, ObjectPlan, Planner } from './candidate.ts'
import { alreadyExists } from './conflict.ts'
import { estimateAfter } from './estimate-after.ts'
import { needsLast, takenFields } from './field-conflict.ts'
import { planReplace } from './plan-replace.ts'
import { tellUpdate } from './tell-update.ts'

/**
 * Plans one object; the API server itself says what an apply would do.
 * Throws only a KubernetesError that may pass: whatever is final is a conflict of the plan.
 */
export async function planObject(planner: Planner, candidate: Candidate): Promise<ObjectPlan> {
  for (let looks = 1; ; looks++) {
    try {
      const live = await candidate.live()
      return live === undefined ? await planCreate(planner, candidate) : await planUpdate(planner, candidate, live)
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error
      // It was written, were it only its status, between the look at it and the question: look again.
      if (error.kind === 'conflict-precondition' && looks < looksAtMost) continue
      if (error.kind === 'conflict-precondition') throw busy(candidate.object, error)
      const answer = answerTo(planner, candidate, error)
      if (answer.answer === 'conflict') return { outcome: 'conflict', conflict: answer.conflict }
      return createStep(planner, candidate, { unasked: answer.because })
    }
  }
}

const looksAtMost = 10

function busy(object: KubernetesObject, cause: KubernetesError): KubernetesError {
  const ref = refOf(object)
  const message = `${describeRef(ref)} is written by others all the time: ${cause.message}`
  return new KubernetesError({ kind: 'conflict-precondition', message, retryable: true, ref, cause })
}

async function planCreate(planner: Planner, candidate: Candidate): Promise<ObjectPlan> {
  const { object, unaskable } = candidate
  const { cluster, config, signal } = planner
  if (config.diff_preview && unaskable === undefined) {
    try {
      const { warnings } = await apply(cluster, object, { dryRun: true, precondition: { create: true }, signal })
      return createStep(planner, candidate, { warnings })
    } catch (error) {
      const live = isTaken(error) ? await get(cluster, refOf(object), { signal }) : undefined
      if (live === undefined) throw error
      return planUpdate(planner, candidate, live)
    }
  }
  return createStep(planner, candidate, { unasked: unaskable })
}

function createStep(
  { token }: Planner,
  candidate: Candidate,
  { unasked, warnings = [] }: { readonly unasked?: string | undefined; readonly warnings?: readonly string[] },
): ObjectPlan {
  const step: Step = { action: 'create', object: candidate.object, ...recorded(candidate) }
  return { outcome: 'step', step, changes: [createChange(candidate.object, token)], conflicts: [], unasked, warnings }
}

async function planUpdate(planner: Planner, candidate: Candidate, live: KubernetesObject): Promise<ObjectPlan> {
  const { object, entry, unaskable } = candidate
  const { config, hash, mark } = planner
  // Of the same name is not the same: someone else may have made it anew, or before we could.
  const isOurs =
    isMarked(live, mark) ||
    (entry !== undefined &&
      entry.uid === live.metadata.uid &&
      (await otherClaimant(live, mark, planner.workflowOf)) === undefined)
  const options = optionsOf(object, live)
  if (options.ignore || (options.createOnly && !isOurs)) return { outcome: 'left' }
  if (options.createOnly) return { outcome: 'unchanged', entry: entryOf(planner, candidate, live, live) }
  const exists = isOurs ? undefined : await alreadyExists(planner, object, live)
  if (exists?.blocking) return { outcome: 'conflict', conflict: exists }
  // What is written to it now would go with it: it is made anew once it is gone.
  if (live.metadata['deletionTimestamp'] !== undefined) return createStep(planner, candidate, {})

  const { object: sent, ignored } = toSend(object, live, config.ignore)
  const state = liveState(live)
  const asked = !config.diff_preview
    ? ({ answer: 'unasked', because: 'diff_preview is off' } as const)
    : unaskable !== undefined
      ? ({ answer: 'unasked', because: unaskable } as const)
      : await askForUpdate(planner, candidate, sent, live, state)
  if (asked.answer === 'conflict') return { outcome: 'conflict', conflict: asked.conflict }
  if (asked.answer === 'immutable') return planReplace(planner, candidate, live, state, asked.error)
  const after = asked.answer === 'after' ? asked.after : estimateAfter(live, sent)
  const change = tellUpdate(planner, live, sent, after)
  const isSame = () =>
    asked.answer === 'after' && ownedHash(after, fieldManager, hash) === ownedHash(live, fieldManager, hash)
  if (change === undefined && isSame()) return { outcome: 'unchanged', entry: entryOf(planner, candidate, live, after) }
  const step: Step = {
    action: 'update',
    object: sent,
    ...recorded(candidate),
    live: state,
    force: asked.answer === 'after' && asked.force,
    ...(ignored.length > 0 && { declared: object }),
  }
  const fields = change?.fields ?? []
  const last = exists === undefined && needsLast(live, fields) ? await candidate.previous() : undefined
  const taken = exists ?? takenFields(planner, sent, live, fields, last)
  return {
    outcome: 'step',
    step,
    changes: change === undefined ? [] : [change],
    conflicts: taken === undefined ? [] : [taken],
    unasked: asked.answer === 'unasked' ? asked.because : undefined,
    warnings: asked.answer === 'after' ? asked.warnings : [],
  }
}

function entryOf(
  { hash }: Planner,
  candidate: Candidate,
  { metadata: { uid = '' } }: KubernetesObject,
  after: KubernetesObject,
): InventoryEntry {
  return { ...refOf(candidate.object), uid, ...recorded(candidate), owned: ownedHash(after, fieldManager, hash) }
}

/** Someone else's object of that name: the API server looks at the owners of its fields first, then at the precondition. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof KubernetesError && (error.kind === 'conflict-precondition' || error.kind === 'conflict-fields')
  )
}

function liveState({ metadata: { uid = '', resourceVersion = '', generation } }: KubernetesObject): LiveState {
  return { uid, resourceVersion, ...(generation !== undefined && { generation }) }
}
