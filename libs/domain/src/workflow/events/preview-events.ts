import type { Fault } from '../../fault.ts'
import type { MadePlan } from './made-plan.ts'
import type { FailureStage } from '../sync-result.ts'

/** What is asked of a revision: what a sync of it would do now, or the objects that it declares, without the cluster. */
export type PreviewOf = 'plan' | 'render'

/** A revision that need not be the branch's head. */
export type AskedPreview = { readonly revision: string; readonly of: PreviewOf }

/** Nothing is carried out of it, so it has no steps; unlike a plan it says nothing of what waits to be synced. */
export type MadePreview = Omit<MadePlan, 'steps' | 'sync_id'>

export type RenderedRevision = Pick<MadePlan, 'revision' | 'tree' | 'paths' | 'manifest_set' | 'objects'>

export type FailedPreview = AskedPreview & {
  readonly stage: FailureStage
  readonly message: string
  readonly faults: readonly Fault[]
}

// Stored in the event log: rename or reshape only with an upcaster.
export type PreviewEvent =
  | { readonly type: 'PreviewRequested'; readonly data: AskedPreview }
  | { readonly type: 'PreviewMade'; readonly data: MadePreview }
  | { readonly type: 'RevisionRendered'; readonly data: RenderedRevision }
  | { readonly type: 'PreviewFailed'; readonly data: FailedPreview }
