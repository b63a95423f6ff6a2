import { canonicalJson } from '../json/canonical-json.ts'
import type { Fault } from '../fault.ts'
import { boundText } from '../fault.ts'
import type { PlannedHook } from '../hooks/hook.ts'
import { stringifyJson } from '../json/lossless-json.ts'
import { describeRef, identityOf } from '../object/object-ref.ts'
import type { ObjectRef } from '../object/object-ref.ts'
import type { Change, FieldChange, Plan } from './plan.ts'
import { hookEffect } from './plan-digest.ts'
import { shortDigest } from '../workflow/state/plan-reference.ts'

type Seen = Pick<Plan, 'workflow_id' | 'digest' | 'changes' | 'hooks' | 'conflicts'>

/**
 * Why a plan that people looked at cannot be carried out any more: what is otherwise in the plan of the same revision now,
 * object by object. The first fault says it of the whole, also where no object tells the difference.
 */
export function planDrift(seen: Seen, now: Seen): readonly Fault[] {
  const retry = `look at the plan of now with \`plimsoll diff ${now.workflow_id}\`, then sync --plan ${shortDigest(now.digest)}`
  const objects = [...changeDrift(seen, now, retry), ...hookDrift(seen, now, retry), ...conflictDrift(seen, now, retry)]
  const count = objects.length === 1 ? 'one thing has' : `${objects.length} things have`
  return [
    {
      what: 'the plan is stale: nothing was written',
      where: seen.digest,
      because:
        objects.length === 0 ? 'what it would do is not the same any more' : `${count} changed since it was made`,
      try: retry,
    },
    ...objects,
  ]
}

/**
 * Whether a plan is a part of one that people looked at: each thing that it would do is in that one too, as it was shown.
 * A sync that was interrupted leaves such a part to do.
 */
export function isRestOf(seen: Seen, now: Seen): boolean {
  const old = byObject(seen.changes)
  const fits = (change: Change) => {
    const before = old.get(identityOf(change.ref))
    return before !== undefined && will(before) === will(change) && fieldDrift(before, change) === ''
  }
  const runs = new Set((seen.hooks ?? []).map(hookEffect))
  return (
    now.conflicts.every(({ blocking }) => !blocking) &&
    (now.hooks ?? []).every((hook) => runs.has(hookEffect(hook))) &&
    [...byObject(now.changes).values()].every(fits)
  )
}

function changeDrift(seen: Seen, now: Seen, retry: string): readonly Fault[] {
  const [old, news] = [byObject(seen.changes), byObject(now.changes)]
  const fault = (what: string, ref: ObjectRef, because: string): Fault => ({
    what,
    where: describeRef(ref),
    because,
    try: retry,
  })
  return [...new Set([...old.keys(), ...news.keys()])].flatMap((object) => {
    const [before, after] = [old.get(object), news.get(object)]
    if (before === undefined)
      return after === undefined ? [] : [fault('the plan has one object more', after.ref, `${will(after)} now`)]
    if (after === undefined)
      return [fault('the plan has one object less', before.ref, `it ${would(before)}, and there is nothing to do now`)]
    if (will(before) !== will(after))
      return [fault('the plan does something else', before.ref, `it ${would(before)}, and ${will(after)} now`)]
    const fields = fieldDrift(before, after)
    return fields === '' ? [] : [fault('other fields would change', before.ref, fields)]
  })
}

function hookDrift(seen: Seen, now: Seen, retry: string): readonly Fault[] {
  const [old, news] = [seen, now].map(
    ({ hooks = [] }) => new Map(hooks.map((hook) => [`${hook.phase} ${hook.name}`, hook])),
  )
  const fault = (what: string, { phase, name, where }: PlannedHook, because: string): Fault => ({
    what: `${what} ${phase} hook ${name}`,
    where: where ?? name,
    because,
    try: retry,
  })
  return [...new Set([...(old?.keys() ?? []), ...(news?.keys() ?? [])])].flatMap((key) => {
    const [before, after] = [old?.get(key), news?.get(key)]
    if (before === undefined) return after === undefined ? [] : [fault('there is one more', after, 'it would run now')]
    if (after === undefined) return [fault('there is one less', before, 'it would not run any more')]
    if (hookEffect(before) === hookEffect(after)) return []
    return [fault('it is another', after, 'what would be run is not the same any more')]
  })
}

/** The two halves of a replace are one. */
function byObject(changes: readonly Change[]): ReadonlyMap<string, Change> {
  return new Map(
    changes.filter(({ type, replaces }) => !(replaces && type === 'delete')).map((one) => [identityOf(one.ref), one]),
  )
}

const words = {
  create: ['would have been created', 'it would be created'],
  update: ['would have been updated', 'it would be updated'],
  delete: ['would have been deleted', 'it would be deleted'],
  replace: ['would have been replaced', 'it would be replaced'],
} as const
const would = ({ type, replaces }: Change): string => words[replaces ? 'replace' : type][0]
const will = ({ type, replaces }: Change): string => words[replaces ? 'replace' : type][1]

const fieldsAtMost = 5

function fieldDrift(before: Change, after: Change): string {
  if (before.type === 'create')
    return canonicalJson(before.desired_state ?? null) === canonicalJson(after.desired_state ?? null)
      ? ''
      : 'what would be created is not the same any more'
  const [old, news] = [byPath(before), byPath(after)]
  const differing = [...new Set([...old.keys(), ...news.keys()])].filter(
    (path) => textOf(old.get(path)) !== textOf(news.get(path)),
  )
  const shown = differing
    .slice(0, fieldsAtMost)
    .map((path) => `${path}: ${textOf(old.get(path))} then, ${textOf(news.get(path))} now`)
  const more = differing.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** What the server makes by itself is no part of what was agreed to. */
function byPath({ fields }: Change): ReadonlyMap<string, FieldChange> {
  return new Map(fields.filter(({ server }) => server !== true).map((field) => [field.path, field]))
}

function textOf(field: FieldChange | undefined): string {
  if (field === undefined) return 'as it should be'
  const value = (side: unknown) => (side === undefined ? 'nothing' : boundText(stringifyJson(side), 60))
  return `${value(field.before)} -> ${value(field.after)}`
}

function conflictDrift(seen: Seen, now: Seen, retry: string): readonly Fault[] {
  const blocking = ({ conflicts }: Seen) =>
    new Map(
      conflicts
        .filter((one) => one.blocking)
        .map((one) => [`${one.type} ${identityOf(one.ref)} ${one.description}`, one]),
    )
  const [old, news] = [blocking(seen), blocking(now)]
  return [
    ...[...news].flatMap(([key, { ref, description }]) =>
      old.has(key)
        ? []
        : [{ what: 'there is a conflict now', where: describeRef(ref), because: description, try: retry }],
    ),
    ...[...old].flatMap(([key, { ref, description }]) =>
      news.has(key)
        ? []
        : [{ what: 'a conflict is gone', where: describeRef(ref), because: `it was: ${description}`, try: retry }],
    ),
  ]
}
