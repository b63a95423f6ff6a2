import type { DriftedObject, ObjectRef, OwnedObject, WorkflowStatus } from '@plimsoll/proto'
import { instant } from './instant.ts'
import type { Pairs } from './table.ts'

const linesAtMost = 10

/** A line for each object that drifted, and for each that is unhealthy. */
export function driftPairs({ drift, illHealth }: Pick<WorkflowStatus, 'drift' | 'illHealth'>): Pairs {
  const drifted = (drift?.objects ?? []).map(driftLine)
  const unhealthy = (illHealth?.objects ?? []).map(({ ref, status, message }) => `${named(ref)} ${status}: ${message}`)
  return [
    ...lines('Drift', drifted, drift?.total ?? 0),
    ['Put back', instant(drift?.healAt)],
    ...lines('Unhealthy', unhealthy, illHealth?.total ?? 0),
  ]
}

function lines(title: string, texts: readonly string[], total: number): Pairs {
  const shown = texts.slice(0, linesAtMost)
  const more = total - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].map((text, nth) => [nth === 0 ? title : '', text])
}

function driftLine({ ref, what, fields, moreFields, manager, time }: DriftedObject): string {
  const paths = fields.length === 0 ? '' : `: ${fields.join(', ')}${moreFields > 0 ? ` and ${moreFields} more` : ''}`
  const who = manager === '' ? '' : ` by ${manager}`
  const when = time === undefined ? '' : ` at ${instant(time)}`
  return `${named(ref)} ${what}${who}${when}${paths}`
}

function named(ref: ObjectRef | undefined): string {
  return ref === undefined ? '' : `${ref.kind}/${ref.name}`
}

type Place = Pick<OwnedObject, 'kind' | 'namespace' | 'name'>

export function placeOf({ kind, namespace, name }: Place): string {
  return [kind, namespace, name].join('/')
}

/** What is not as it should be, by kind, namespace and name. */
export function statesOf(
  workflow: Pick<WorkflowStatus, 'drift' | 'illHealth'> | undefined,
): ReadonlyMap<string, string> {
  const unhealthy = (workflow?.illHealth?.objects ?? []).map(({ ref, status }) => [ref, status] as const)
  const drifted = (workflow?.drift?.objects ?? []).map(({ ref, what }) => [ref, what] as const)
  return new Map(
    [...unhealthy, ...drifted].flatMap(([ref, state]) => (ref === undefined ? [] : [[placeOf(ref), state]])),
  )
}
