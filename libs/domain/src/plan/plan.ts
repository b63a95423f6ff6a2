import { impacts } from '../impact.ts'
import type { Impact, ImpactReason } from '../impact.ts'
import type { PlannedHook } from '../hooks/hook.ts'
import type { KubernetesObject, ObjectRef } from '../object/object-ref.ts'

/** One field that differs; `path` as kubectl writes it, list items by their key: `spec.ports[name=http].port`. */
export type FieldChange = {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
  /** Who owns it in the live object, the newest first. */
  readonly managers?: readonly string[]
  /** Set where nobody declares the value: the API server or a webhook makes it, perhaps another one each time. */
  readonly server?: true
}

export type ChangeType = 'create' | 'update' | 'delete'

/** What happens beside the change itself. */
export type Effect = 'restarts_pods' | 'recreates' | 'loses_data' | 'interrupts_traffic'

/** What a sync would do to one object. Sensitive values are masked in every state, field and text. */
export type Change = {
  readonly type: ChangeType
  /** Set on both halves of a replace: the object is deleted, and created again as Git declares it. */
  readonly replaces?: true
  /** `Deployment/web-app` */
  readonly resource: string
  readonly ref: ObjectRef
  readonly current_state?: KubernetesObject
  readonly desired_state?: KubernetesObject
  /** The seed's short text, such as `~ Updating Service/web-svc:\n  port: 80 -> 8080`. */
  readonly diff: string
  /** Only where it is not that of the two states, as on the halves of a replace: `unifiedDiffOf` tells any. */
  readonly unified_diff?: string
  readonly fields: readonly FieldChange[]
  readonly effects: readonly Effect[]
  /** The highest of its reasons. */
  readonly impact: Impact
  readonly reasons: readonly ImpactReason[]
}

export type ConflictType = 'resource_exists' | 'out_of_sync' | 'validation'

/** Why an object cannot be applied as it is planned, or what an apply takes back. */
export type Conflict = {
  readonly type: ConflictType
  readonly resource: string
  readonly ref: ObjectRef
  /** False where the sync settles it: fields of ours that someone changed are taken back. */
  readonly blocking: boolean
  /** Only another commit mends it. Known while it is planned: no plan that is stored tells it. */
  readonly lasting?: true
  readonly description: string
  readonly suggestions: readonly string[]
  /** Where it is declared, `k8s/web.yaml:12`, where the object itself does not tell. */
  readonly origin?: string
  /** Who owns what is in conflict, as field manager; null where nobody does. */
  readonly manager: string | null
  /** When that manager last wrote the object, ISO 8601. */
  readonly time: string | null
  readonly current_state?: KubernetesObject
  readonly desired_state?: KubernetesObject
}

export type PlanSummary = {
  /** Entries of `changes`: a replace counts as one that is deleted and one that is created. */
  readonly total_changes: number
  readonly created_resources: number
  readonly updated_resources: number
  readonly deleted_resources: number
  /** Objects that are deleted and created again. */
  readonly replaced_resources: number
  readonly conflict_count: number
  readonly warning_count: number
  /** Entries of `changes` by their impact. */
  readonly impact: Readonly<Record<Impact, number>>
  /** null when nothing changes. */
  readonly highest_impact: Impact | null
}

/** What a sync would do now. */
export type Plan = {
  readonly workflow_id: string
  readonly revision: string
  /** ISO 8601 */
  readonly generated_at: string
  /** Over what it would do: plans of the same digest do the same. `plan:<hex>`; empty in a plan of an older version. */
  readonly digest: string
  readonly summary: PlanSummary
  /** In the order in which they are carried out. */
  readonly changes: readonly Change[]
  /** What is run beside the changes, in that order; missing where nothing is. */
  readonly hooks?: readonly PlannedHook[]
  readonly conflicts: readonly Conflict[]
  readonly warnings: readonly string[]
}

export function summarize({
  changes,
  conflicts,
  warnings,
}: Pick<Plan, 'changes' | 'conflicts' | 'warnings'>): PlanSummary {
  const types = { create: 0, update: 0, delete: 0 }
  const impact = { low: 0, medium: 0, high: 0, critical: 0 }
  let replaced = 0
  for (const change of changes) {
    types[change.type]++
    impact[change.impact]++
    if (change.replaces && change.type === 'create') replaced++
  }
  return {
    total_changes: changes.length,
    created_resources: types.create,
    updated_resources: types.update,
    deleted_resources: types.delete,
    replaced_resources: replaced,
    conflict_count: conflicts.length,
    warning_count: warnings.length,
    impact,
    highest_impact: impacts.findLast((level) => impact[level] > 0) ?? null,
  }
}

/** A plan that neither changes nor complains: the diff is null. */
export function isEmptyPlan({ total_changes, conflict_count, warning_count }: PlanSummary): boolean {
  return total_changes === 0 && conflict_count === 0 && warning_count === 0
}
