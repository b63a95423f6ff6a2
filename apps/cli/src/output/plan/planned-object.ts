import type { ChangeV1, FieldChangeV1, ImpactReasonV1, ImpactV1, ObjectRefV1 } from '@plimsoll/proto'

export type Action = 'create' | 'update' | 'replace' | 'delete'

/** What a plan does to one object. A replace, which a plan has as two changes, is one. */
export type PlannedObject = {
  readonly action: Action
  readonly ref: ObjectRefV1
  readonly impact: ImpactV1
  readonly reasons: readonly ImpactReasonV1[]
  readonly effects: readonly string[]
  /** The short text of the plan. */
  readonly diff: string
  readonly fields: readonly FieldChangeV1[]
  readonly unifiedDiff: string
}

export const impactsFromWorst = ['critical', 'high', 'medium', 'low'] as const satisfies readonly ImpactV1[]

const actionsFromWorst: readonly Action[] = ['delete', 'replace', 'update', 'create']

/** The objects of a plan, the most dangerous first; alike ones by kind, namespace and name. */
export function plannedObjects(changes: readonly ChangeV1[]): readonly PlannedObject[] {
  const deleted = new Map(
    changes.filter(({ type, replaces }) => replaces && type === 'delete').map((change) => [keyOf(change.ref), change]),
  )
  const replaced = new Set<string>()
  const objects = changes.flatMap((change): readonly PlannedObject[] => {
    const before = change.replaces && change.type === 'create' ? deleted.get(keyOf(change.ref)) : undefined
    if (before === undefined) return [plannedObject(change, change.type)]
    replaced.add(keyOf(change.ref))
    return [replacedObject(before, change)]
  })
  return objects
    .filter(({ action, ref }) => action !== 'delete' || !replaced.has(keyOf(ref)))
    .toSorted((a, b) => rank(a) - rank(b) || textOrder(sortKey(a.ref), sortKey(b.ref)))
}

/** How dangerous, from 0, the worst. */
export function rank({ impact, action }: Pick<PlannedObject, 'impact' | 'action'>): number {
  return impactsFromWorst.indexOf(impact) * actionsFromWorst.length + actionsFromWorst.indexOf(action)
}

/** By code points, so that every machine sorts alike. */
export function textOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function plannedObject(change: ChangeV1, action: Action): PlannedObject {
  const { ref, impact, reasons, effects, diff, fields, unified_diff: unifiedDiff } = change
  return { action, ref, impact, reasons, effects, diff, fields, unifiedDiff }
}

function replacedObject(before: ChangeV1, after: ChangeV1): PlannedObject {
  const both = [before, after]
  const reasons = new Map(both.flatMap((change) => change.reasons).map((reason) => [JSON.stringify(reason), reason]))
  return {
    ...plannedObject(after, 'replace'),
    impact: impactsFromWorst.find((impact) => both.some((change) => change.impact === impact)) ?? after.impact,
    reasons: [...reasons.values()],
    effects: [...new Set(both.flatMap((change) => change.effects))],
    fields: after.fields.length > 0 ? after.fields : before.fields,
  }
}

function keyOf({ api_version: apiVersion, kind, namespace, name }: ObjectRefV1): string {
  return JSON.stringify([apiVersion.split('/', 2).length > 1 ? apiVersion.split('/')[0] : '', kind, namespace, name])
}

function sortKey({ kind, namespace, name }: ObjectRefV1): string {
  return JSON.stringify([kind, namespace, name])
}
