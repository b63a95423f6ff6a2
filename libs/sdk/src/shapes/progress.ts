import type { WorkflowStatus } from './workflow-status.ts'

/** How far several workflows have come, such as the environments of one application. */
export type Progress = {
  /** In the order of promotion: each after those that it depends on. */
  readonly environments: readonly EnvironmentProgress[]
  /** One sentence for the whole. */
  readonly summary: string
}

export type EnvironmentProgress = {
  readonly workflow_id: string
  readonly name: string
  /** Its label `environment`, else its name. */
  readonly environment: string
  readonly status: WorkflowStatus['status']
  /** One sentence, as in its status. */
  readonly reason: string
  readonly repository: string
  /** The commit that is synced; empty before the first sync. */
  readonly revision: string
  /** The newest commit that was seen on its branch; empty before the first. */
  readonly newest: string
  /** It holds what the newest commit declares and is healthy. */
  readonly current: boolean
  /** It holds what those before it hold; true for the first. */
  readonly follows: boolean
  /** Ids of the selected workflows that come before it. */
  readonly after: readonly string[]
  /** Absent when it waits for nothing. */
  readonly waits_for?: WaitsFor
}

/** For what a workflow waits, and who has to act. */
export type WaitsFor = {
  /** `approval`, `pause`, `dependency`, `window`, `person`, `sync`, `retry` or `engine`; more may come. */
  readonly gate: string
  /** Who ends the wait: `a person`, `workflow database`, or `nobody` for what ends by itself. */
  readonly who: string
  readonly message: string
  /** Of an approval: the digest of the plan; else empty. */
  readonly plan: string
  /** When it ends at the latest, RFC 3339, where that is known. */
  readonly until?: string
}
