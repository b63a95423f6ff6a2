import { shortName } from '../../object/object-ref.ts'
import type { ObjectRef } from '../../object/object-ref.ts'
import type { Contest, DriftedObject, DriftEnd } from '../events/drift-events.ts'
import type { Drift, Unhealthy } from './drift-state.ts'
import type { Workflow } from './state.ts'

/** What is said of drift: null where there is none, or where a sync has put it back and nobody has looked yet. */
export function driftOf({ drift }: Workflow): Drift | null {
  return drift === null || drift.ended_by !== null ? null : drift
}

/** One sentence or two: what drifted, by whom, and what comes next. */
export function driftText(workflow: Workflow, drift: Drift): string {
  const what = drift.contest === null ? driftedText(drift) : contestText(drift.contest)
  return `${what} ${nextText(workflow, drift)}`
}

export function driftedText({ objects, total }: Pick<Drift, 'objects' | 'total'>): string {
  const [first] = objects
  if (first === undefined) return `${total} objects drifted.`
  const more = total - 1
  return `Drifted: ${objectText(first)}${more > 0 ? ` (and ${more} more ${more === 1 ? 'object' : 'objects'})` : ''}.`
}

function objectText(object: DriftedObject): string {
  const name = shortName(object)
  const when = object.time === null ? '' : ` at ${object.time}`
  const who = object.manager ?? 'somebody'
  switch (object.what) {
    case 'deleted':
      return `${name} was deleted`
    case 'unmarked':
      return `${who} took ${name} from us${when}`
    case 'modified':
      return `${who} changed ${name}${object.fields.length === 0 ? '' : ` ${fieldsText(object)}`}${when}`
  }
}

const ends = {
  heal: 'put back by',
  sync: 'put back by',
  rollback: 'put back by',
  itself: 'put back by nobody of ours',
} as const

/** What is as it was applied again, and who saw to it. */
export function healedText(
  objects: readonly ObjectRef[],
  { how, by, left }: { readonly how: DriftEnd; readonly by: string | null; readonly left: number },
): string {
  const [first] = objects
  const more = objects.length - 1
  const what = first === undefined ? 'What drifted' : `${shortName(first)}${more > 0 ? ` (and ${more} more)` : ''}`
  const rest = left > 0 ? `; ${left} still ${left === 1 ? 'differs' : 'differ'}` : ''
  return `${what} is as it was applied, ${ends[how]}${by === null ? '' : ` ${by}`}${rest}.`
}

const fieldsShown = 2

export function fieldsText({ fields, more_fields: beyond }: Pick<DriftedObject, 'fields' | 'more_fields'>): string {
  const more = fields.length + beyond - fieldsShown
  return `${fields.slice(0, fieldsShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

export function contestText({ object, field, manager, heals, within_ms: withinMs }: Contest): string {
  const who = manager ?? 'somebody'
  const what = field === null ? `takes ${shortName(object)} away` : `changes ${shortName(object)} ${field}`
  return `Someone fights us: ${who} ${what}, healed ${heals} times in ${spanText(withinMs)}.`
}

function nextText({ config, paused, sync }: Workflow, { heal_at }: Drift): string {
  if (sync?.trigger === 'heal') return 'It is put back.'
  if (heal_at !== null) return `It is put back at ${heal_at}.`
  if (config?.sync_policy.self_heal !== true) return 'See it with diff, put it back with sync.'
  return paused === null
    ? 'It is put back by itself once auto-sync goes on, or with sync.'
    : 'It is put back once the workflow is resumed, or with sync.'
}

export function unhealthyText({ objects, total }: Pick<Unhealthy, 'objects' | 'total'>): string {
  const [first] = objects
  if (first === undefined) return `${total} objects are not healthy.`
  const more = total > 1 ? ` (and ${total - 1} more)` : ''
  return `Not healthy any more: ${shortName(first)}${more}: ${first.message || first.status}`.replace(/\.?$/, '.')
}

const units = [
  ['hour', 3_600_000, 2],
  ['minute', 60_000, 2],
  ['second', 1_000, 0],
] as const

/** `31 seconds`, `10 minutes`: in the largest unit of which there are two. */
function spanText(ms: number): string {
  const [name, size] = units.find(([, unit, least]) => ms >= unit * least) ?? units[2]
  const count = Math.max(1, Math.round(ms / size))
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
