import type { PlanSummary } from '../../plan/plan.ts'

/**
 * A plan as the log knows it; `plan`, `steps` and `manifest_set` name blobs.
 * `plan` is what people read, `steps` what the syncer carries out (sealed), `manifest_set` what was rendered (sealed).
 */
export type MadePlan = {
  readonly revision: string
  /** Tells what lay at `paths`, the Git id of a single folder, else a digest: the same renders to the same manifest set. */
  readonly tree: string
  /**
   * The folders and files of the repository that the render could read: a commit that changes none of them changes
   * nothing. Empty in a plan of an older version: its target path.
   */
  readonly paths: readonly string[]
  /** Over what it would do: plans of the same digest do the same. Empty in a plan of an older version. */
  readonly digest: string
  readonly plan: string
  readonly steps: string
  readonly manifest_set: string
  /** Over the objects of the manifest set, whatever files they come from. Empty in a plan of an older version. */
  readonly objects: string
  readonly summary: PlanSummary
  /** The sync that this plan is for; null for a preview. */
  readonly sync_id: string | null
}
