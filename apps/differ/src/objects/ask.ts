import type { Conflict, KubernetesObject, LiveState } from '@plimsoll/domain'
import { apply, KubernetesError } from '@plimsoll/kubernetes'
import { refused } from './conflict.ts'
import { notOurFields } from './field-conflict.ts'
import { findField } from './find-field.ts'
import type { Candidate, Planner } from './candidate.ts'

/** What the API server says an apply would come to. */
export type Asked =
  | {
      readonly answer: 'after'
      readonly after: KubernetesObject
      readonly force: boolean
      readonly warnings: readonly string[]
    }
  /** It cannot say yet: something that comes or changes with this very sync decides. */
  | { readonly answer: 'unasked'; readonly because: string }
  | { readonly answer: 'immutable'; readonly error: KubernetesError }
  | { readonly answer: 'conflict'; readonly conflict: Conflict }

/**
 * Dry-runs the apply of `sent` to a living object. Fields of ours that someone else took meanwhile, or of anyone if we may, are
 * asked for again with force. Throws only what may pass, or `conflict-precondition` where the object is another by now.
 */
export async function askForUpdate(
  planner: Planner,
  candidate: Candidate,
  sent: KubernetesObject,
  live: KubernetesObject,
  precondition: LiveState,
  force = false,
): Promise<Asked> {
  const { cluster, config, signal } = planner
  try {
    const { object: after, warnings } = await apply(cluster, sent, { dryRun: true, force, precondition, signal })
    return { answer: 'after', after, force, warnings }
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error
    if (error.kind === 'conflict-precondition') throw error
    if (error.kind === 'immutable') return { answer: 'immutable', error }
    if (error.kind !== 'conflict-fields' || force) return answerTo(planner, candidate, error)
    const takes = config.sync_policy.conflict_resolution === 'take' || (await wereOurs(candidate, error))
    if (takes) return askForUpdate(planner, candidate, sent, live, precondition, true)
    return { answer: 'conflict', conflict: notOurFields(planner, candidate.object, live, error) }
  }
}

async function wereOurs({ previous }: Candidate, { conflicts }: KubernetesError): Promise<boolean> {
  const last = await previous()
  return last !== undefined && conflicts.every(({ field }) => findField(last, field) !== undefined)
}

/** A refusal is a conflict of the plan, unless this very sync changes what refuses. Throws what may pass by itself. */
export function answerTo(
  planner: Planner,
  { object, mendedBy }: Pick<Candidate, 'object' | 'mendedBy'>,
  error: KubernetesError,
): Extract<Asked, { readonly answer: 'unasked' | 'conflict' }> {
  if (error.retryable && !(planner.isPreview && error.refusal?.cause === 'webhook-down')) throw error
  if (error.kind === 'unauthorized') throw error
  const because = mendedBy(error)
  return because === undefined
    ? { answer: 'conflict', conflict: refused(planner, object, error) }
    : { answer: 'unasked', because }
}
