import { toJson } from '@bufbuild/protobuf'
import { PlanSchema, type Plan } from '../gen/plimsoll/v1/plan_pb.ts'

export type ImpactV1 = 'low' | 'medium' | 'high' | 'critical'

/** JSON as a manifest holds it; an integer beyond 2^53 is a string of its digits. */
export type JsonV1 = null | boolean | number | string | readonly JsonV1[] | { readonly [key: string]: JsonV1 }

/** Names one object of a cluster; cluster-scoped objects have an empty namespace. */
export type ObjectRefV1 = {
  readonly api_version: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** One field that differs: added without `before`, removed without `after`. */
export type FieldChangeV1 = {
  readonly path: string
  readonly before?: JsonV1
  readonly after?: JsonV1
  readonly managers: readonly string[]
  readonly server: boolean
}

export type ImpactReasonV1 = { readonly rule: string; readonly impact: ImpactV1; readonly text: string }

/** The object on both sides; none where it does not exist, or where the plan was asked for without them. */
type States = {
  readonly current_state?: { readonly [key: string]: JsonV1 }
  readonly desired_state?: { readonly [key: string]: JsonV1 }
}

export type ChangeV1 = States & {
  readonly type: 'create' | 'update' | 'delete'
  readonly replaces: boolean
  readonly resource: string
  readonly ref: ObjectRefV1
  readonly impact: ImpactV1
  readonly reasons: readonly ImpactReasonV1[]
  /** `restarts_pods`, `recreates`, `loses_data`, `interrupts_traffic`; more may come. */
  readonly effects: readonly string[]
  readonly diff: string
  readonly fields: readonly FieldChangeV1[]
  readonly unified_diff: string
}

export type ConflictV1 = States & {
  readonly type: 'resource_exists' | 'out_of_sync' | 'validation'
  readonly resource: string
  readonly ref: ObjectRefV1
  readonly blocking: boolean
  readonly description: string
  /** Empty where no field manager is to be named. */
  readonly manager: string
  /** RFC 3339 */
  readonly time?: string
  readonly suggestions: readonly string[]
}

/** What is run and not kept: an object, or a command of the workflow. */
export type PlannedHookV1 = {
  readonly phase: 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail'
  readonly wave: number
  readonly name: string
  readonly kind: 'object' | 'command'
  /** Empty for an object; of a command all that follows is empty. */
  readonly command: string
  readonly ref?: ObjectRefV1
  readonly origin: 'argocd' | 'helm' | 'plimsoll' | ''
  readonly where: string
  readonly delete_policies: readonly ('HookSucceeded' | 'HookFailed' | 'BeforeHookCreation')[]
  readonly desired_state?: { readonly [key: string]: JsonV1 }
  readonly impact: ImpactV1 | ''
  readonly reasons: readonly ImpactReasonV1[]
}

export type PlanSummaryV1 = {
  readonly total_changes: number
  readonly created_resources: number
  readonly updated_resources: number
  readonly deleted_resources: number
  readonly replaced_resources: number
  readonly conflict_count: number
  readonly warning_count: number
  readonly impact: Readonly<Record<ImpactV1, number>>
  /** Empty when nothing changes. */
  readonly highest_impact: ImpactV1 | ''
}

/** A plan in its published form, which docs/plan.v1.schema.json describes. Fields may be added, and none is taken away. */
export type PlanV1 = {
  readonly schema: 'plan.v1'
  readonly workflow_id: string
  readonly revision: string
  /** RFC 3339 */
  readonly generated_at: string
  readonly digest: string
  readonly summary: PlanSummaryV1
  readonly changes: readonly ChangeV1[]
  /** In the order in which they run. */
  readonly hooks: readonly PlannedHookV1[]
  readonly conflicts: readonly ConflictV1[]
  readonly warnings: readonly string[]
}

/** The published form of a plan: what the api answers over JSON, for those who got it over gRPC. */
export function planV1(plan: Plan): PlanV1 {
  const json = toJson(PlanSchema, plan, { useProtoFieldName: true, alwaysEmitImplicit: true })
  const { schema: _version, ...rest } = json as unknown as PlanV1
  // First, for whoever reads it.
  return { schema: 'plan.v1', ...rest }
}
