import type { MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt'
import { contestText, driftedText, unhealthyText } from '@plimsoll/domain'
import type { Contest, Drift, ObjectRef, Unhealthy, WorkflowStatus } from '@plimsoll/domain'
import type { ConditionSchema, ContestSchema, DriftSchema, IllHealthSchema, ObjectRefSchema } from '@plimsoll/proto'

export function toDrift({
  since,
  objects,
  total,
  heal_at: healAt,
  contest,
}: Drift): MessageInitShape<typeof DriftSchema> {
  return {
    since: instant(since),
    objects: objects.map((object) => ({
      ref: toRef(object),
      what: object.what,
      fields: [...object.fields],
      moreFields: object.more_fields,
      manager: object.manager ?? '',
      ...(object.time !== null && { time: instant(object.time) }),
    })),
    total,
    ...(healAt !== null && { healAt: instant(healAt) }),
    ...(contest !== null && { contest: toContest(contest) }),
  }
}

function toContest({
  object,
  field,
  manager,
  heals,
  within_ms: withinMs,
}: Contest): MessageInitShape<typeof ContestSchema> {
  return { object: toRef(object), field: field ?? '', manager: manager ?? '', heals, within: durationFromMs(withinMs) }
}

export function toIllHealth({ since, objects, total }: Unhealthy): MessageInitShape<typeof IllHealthSchema> {
  const told = objects.map((object) => ({ ref: toRef(object), status: object.status, message: object.message }))
  return { since: instant(since), objects: told, total }
}

type Condition = MessageInitShape<typeof ConditionSchema>

/** What drift and ill health are beside the status word. The reason says them already. */
export function driftConditions({ drift, unhealthy }: WorkflowStatus): Condition[] {
  const role = 'drift'
  const retryAt = drift?.heal_at ? { retryAt: instant(drift.heal_at) } : {}
  return [
    ...(drift === null ? [] : [{ type: 'drifted', role, message: driftedText(drift), ...retryAt }]),
    ...(drift?.contest ? [{ type: 'contested', role, message: contestText(drift.contest), ...retryAt }] : []),
    ...(unhealthy === null ? [] : [{ type: 'unhealthy', role, message: unhealthyText(unhealthy) }]),
  ]
}

function toRef({ apiVersion, kind, namespace = '', name }: ObjectRef): MessageInitShape<typeof ObjectRefSchema> {
  return { apiVersion, kind, namespace, name }
}

function instant(text: string) {
  return timestampFromDate(new Date(text))
}
