import { fromJson, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate, ValueSchema } from '@bufbuild/protobuf/wkt'
import { unifiedDiffOf } from '@plimsoll/domain'
import type { Change, Conflict, FieldChange, ObjectRef, Plan, PlannedHook } from '@plimsoll/domain'
import type {
  ChangeSchema,
  ConflictSchema,
  FieldChangeSchema,
  ObjectRefSchema,
  PlannedHookSchema,
  PlanSchema,
} from '@plimsoll/proto'
import { toStruct, toValue } from './struct.ts'
import { toSummary } from './workflow-status-message.ts'

type Omitted = { readonly omitStates: boolean; readonly omitUnifiedDiff: boolean }

export function toPlan(plan: Plan, { omitStates, omitUnifiedDiff }: Omitted): MessageInitShape<typeof PlanSchema> {
  return {
    schema: 'plan.v1',
    workflowId: plan.workflow_id,
    revision: plan.revision,
    generatedAt: timestampFromDate(new Date(plan.generated_at)),
    summary: toSummary(plan.summary),
    changes: plan.changes.map((change) => toChange(change, { omitStates, omitUnifiedDiff })),
    hooks: (plan.hooks ?? []).map((hook) => toHook(hook, omitStates)),
    conflicts: plan.conflicts.map((conflict) => toConflict(conflict, omitStates)),
    warnings: [...plan.warnings],
    digest: plan.digest,
  }
}

function toChange(change: Change, { omitStates, omitUnifiedDiff }: Omitted): MessageInitShape<typeof ChangeSchema> {
  const { current_state: current, desired_state: desired } = change
  return {
    type: change.type,
    resource: change.resource,
    ref: toRef(change.ref),
    ...(current !== undefined && !omitStates && { currentState: toStruct(current) }),
    ...(desired !== undefined && !omitStates && { desiredState: toStruct(desired) }),
    diff: change.diff,
    fields: change.fields.map(toFieldChange),
    replaces: change.replaces ?? false,
    unifiedDiff: omitUnifiedDiff ? '' : unifiedDiffOf(change),
    effects: [...change.effects],
    impact: change.impact,
    reasons: change.reasons.map((reason) => ({ ...reason })),
  }
}

function toHook(hook: PlannedHook, omitStates: boolean): MessageInitShape<typeof PlannedHookSchema> {
  const { phase, wave, name, kind, ref, desired_state: desired } = hook
  return {
    phase,
    wave,
    name,
    kind,
    command: hook.command ?? '',
    ...(ref !== undefined && { ref: toRef(ref) }),
    origin: hook.origin ?? '',
    where: hook.where ?? '',
    deletePolicies: [...(hook.delete_policies ?? [])],
    ...(desired !== undefined && !omitStates && { desiredState: toStruct(desired) }),
    impact: hook.impact ?? '',
    reasons: (hook.reasons ?? []).map((reason) => ({ ...reason })),
  }
}

function toFieldChange({
  path,
  before,
  after,
  managers,
  server,
}: FieldChange): MessageInitShape<typeof FieldChangeSchema> {
  return {
    path,
    ...(before !== undefined && { before: fromJson(ValueSchema, toValue(before)) }),
    ...(after !== undefined && { after: fromJson(ValueSchema, toValue(after)) }),
    managers: [...(managers ?? [])],
    server: server ?? false,
  }
}

function toConflict(conflict: Conflict, omitStates: boolean): MessageInitShape<typeof ConflictSchema> {
  const { current_state: current, desired_state: desired, time } = conflict
  return {
    type: conflict.type,
    resource: conflict.resource,
    ref: toRef(conflict.ref),
    description: conflict.description,
    suggestions: [...conflict.suggestions],
    blocking: conflict.blocking,
    manager: conflict.manager ?? '',
    ...(time !== null && { time: timestampFromDate(new Date(time)) }),
    ...(current !== undefined && !omitStates && { currentState: toStruct(current) }),
    ...(desired !== undefined && !omitStates && { desiredState: toStruct(desired) }),
  }
}

function toRef({ apiVersion, kind, namespace, name }: ObjectRef): MessageInitShape<typeof ObjectRefSchema> {
  return { apiVersion, kind, namespace: namespace ?? '', name }
}
