import type { KubernetesObject, ObjectRef } from './object-ref.ts'

/** One field that differs; `path` as kubectl writes it, list items by their key: `spec.ports[name=http].port`. */
export type FieldChange = {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
  readonly managers?: readonly string[]
}

export type ChangeType = 'create' | 'update' | 'delete'

/** What a sync would do to one object. Values of Secrets are masked in every state, field and text. */
export type Change = {
  readonly type: ChangeType
  /** `Deployment/web-app` */
  readonly resource: string
  readonly ref: ObjectRef
  readonly current_state?: KubernetesObject
  readonly desired_state?: KubernetesObject
  /** The seed's short text, such as `~ Updating Service/web-svc:\n  port: 80 -> 8080`. */
  readonly diff: string
  readonly fields: readonly FieldChange[]
}

export type ConflictType = 'resource_exists' | 'out_of_sync' | 'validation'

/** Why an object cannot be applied as it is planned. */
export type Conflict = {
  readonly type: ConflictType
  readonly resource: string
  readonly ref: ObjectRef
  readonly description: string
  readonly suggestions: readonly string[]
}

export type PlanSummary = {
  readonly total_changes: number
  readonly created_resources: number
  readonly updated_resources: number
  readonly deleted_resources: number
  readonly conflict_count: number
  readonly warning_count: number
}

/** What a sync would do now. */
export type Plan = {
  readonly workflow_id: string
  readonly revision: string
  /** ISO 8601 */
  readonly generated_at: string
  readonly summary: PlanSummary
  readonly changes: readonly Change[]
  readonly conflicts: readonly Conflict[]
  readonly warnings: readonly string[]
}

export function summarize({
  changes,
  conflicts,
  warnings,
}: Pick<Plan, 'changes' | 'conflicts' | 'warnings'>): PlanSummary {
  const count = (type: ChangeType) => changes.filter((change) => change.type === type).length
  return {
    total_changes: changes.length,
    created_resources: count('create'),
    updated_resources: count('update'),
    deleted_resources: count('delete'),
    conflict_count: conflicts.length,
    warning_count: warnings.length,
  }
}

/** A plan that neither changes nor complains: the diff is null. */
export function isEmptyPlan({ total_changes, conflict_count, warning_count }: PlanSummary): boolean {
  return total_changes === 0 && conflict_count === 0 && warning_count === 0
}
