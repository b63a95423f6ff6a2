import { describeRef, fieldManager, parsePath, refOf, shownState } from '@plimsoll/domain'
import type { Conflict, FieldChange, KubernetesObject } from '@plimsoll/domain'
import { ownersOf } from '@plimsoll/kubernetes'
import type { FieldOwner, KubernetesError } from '@plimsoll/kubernetes'
import { about } from './conflict.ts'
import type { Teller } from './conflict.ts'
import { findField, locate, locationText, pointerTo } from './find-field.ts'
import { ignoreRule, takeOver } from './suggestions.ts'

/** Fields that others own and Git declares too; nobody may take them unasked. */
export function notOurFields(
  { config, token }: Teller,
  object: KubernetesObject,
  live: KubernetesObject,
  { conflicts }: KubernetesError,
): Conflict {
  const ref = refOf(object)
  const owners = [...new Set(conflicts.map(({ manager }) => manager))].join(', ')
  const fields = conflicts.map(({ field }) => field).join(', ')
  const pointers = conflicts.flatMap(({ field }) => {
    const location = findField(object, field)
    return location === undefined ? [] : [pointerTo(location)]
  })
  const times = conflicts.flatMap(({ manager, field }) => {
    const location = findField(live, field)
    const owner = location && ownersOf(live, locationText(location)).find((owned) => owned.manager === manager)
    return owner?.time ?? []
  })
  return {
    ...about(ref, 'out_of_sync', true),
    manager: owners || null,
    time: newest(times),
    current_state: shownState(live, token),
    desired_state: shownState(object, token),
    description: `${fields} of ${describeRef(ref)} ${conflicts.length === 1 ? 'belongs' : 'belong'} to ${owners}`,
    suggestions: [
      'leave these fields out of the manifest, so that their owner keeps them',
      ...(pointers.length === 0
        ? []
        : [`keep them in Git and leave them to their owner: set \`${ignoreRule(object, pointers)}\``]),
      `take them over: \`${takeOver(config.id)}\``,
    ],
  }
}

/** A field that the sync writes although someone else wrote it last. */
type TakenField = { readonly change: FieldChange; readonly owner: FieldOwner | undefined; readonly wasOurs: boolean }

/**
 * Fields that were ours and that someone changed, or others' that the policy lets us take: the sync settles it. Undefined
 * where there is none. `last` is what was applied last.
 */
export function takenFields(
  { config, token }: Teller,
  object: KubernetesObject,
  live: KubernetesObject,
  fields: readonly FieldChange[],
  last: KubernetesObject | undefined,
): Conflict | undefined {
  const taken = fields.flatMap((change) => takenField(live, change, last))
  const [first] = taken
  if (first === undefined) return undefined
  const ref = refOf(object)
  const managers = [...new Set(taken.flatMap(({ owner }) => owner?.manager ?? []))]
  const by = managers.length === 0 ? '' : ` by ${managers.join(', ')}`
  const paths = taken.map(({ change }) => change.path)
  const ours = taken.every(({ wasOurs }) => wasOurs)
  return {
    ...about(ref, 'out_of_sync', false),
    manager: managers.length === 0 ? null : managers.join(', '),
    time: newest(taken.flatMap(({ owner }) => owner?.time ?? [])),
    current_state: shownState(live, token),
    desired_state: shownState(object, token),
    description: ours
      ? `${listed(paths)} of ${describeRef(ref)} ${paths.length === 1 ? 'was' : 'were'} changed outside of Git${by}; the sync takes ${paths.length === 1 ? 'it' : 'them'} back`
      : `${listed(paths)} of ${describeRef(ref)} ${paths.length === 1 ? 'was' : 'were'} written${by}; the sync takes ${paths.length === 1 ? 'it' : 'them'} over, as conflict_resolution is take`,
    suggestions: suggestionsFor(config.id, object, taken, ours),
  }
}

function takenField(
  live: KubernetesObject,
  change: FieldChange,
  last: KubernetesObject | undefined,
): readonly TakenField[] {
  // The version is how an object is written; nobody owns it.
  if (change.server || change.path === 'apiVersion') return []
  const owners = ownersOf(live, change.path)
  if (owners.some(isOurs)) return []
  const wasOurs = last !== undefined && locate(last, parsePath(change.path) ?? []) !== undefined
  const [owner] = owners
  // What nobody owns and was not ours is only new.
  return wasOurs || owner !== undefined ? [{ change, owner, wasOurs }] : []
}

function suggestionsFor(
  id: string,
  object: KubernetesObject,
  taken: readonly TakenField[],
  ours: boolean,
): readonly string[] {
  const kept = taken.filter(({ change }) => change.before !== undefined).map(({ change }) => change.path)
  const pointers = taken.flatMap(({ change }) => {
    const location = locate(object, parsePath(change.path) ?? [])
    return location === undefined ? [] : [pointerTo(location)]
  })
  return [
    ...(kept.length === 0 ? [] : [`to keep what is there, commit the live value of ${listed(kept)} to the repository`]),
    ...(pointers.length === 0 ? [] : [`leave it to who changed it: set \`${ignoreRule(object, pointers)}\``]),
    ...(ours ? [] : [`take nothing unasked: \`${takeOver(id).replace(/take$/, 'fail')}\``]),
  ]
}

const listedAtMost = 10

function listed(paths: readonly string[]): string {
  const more = paths.length - listedAtMost
  return more > 0 ? `${paths.slice(0, listedAtMost).join(', ')} and ${more} more` : paths.join(', ')
}

export function isOurs({ manager, operation, subresource }: FieldOwner): boolean {
  return manager === fieldManager && operation === 'Apply' && subresource === undefined
}

function newest(times: readonly string[]): string | null {
  return times.toSorted().at(-1) ?? null
}

/** Whether what was applied last has to be known to tell what someone else changed. */
export function needsLast(live: KubernetesObject, fields: readonly FieldChange[]): boolean {
  return fields.some(({ path, server }) => !server && !ownersOf(live, path).some(isOurs))
}
