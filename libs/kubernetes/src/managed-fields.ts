import { isRecord } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'

/** One entry of `metadata.managedFields`: who set which fields, how and when. */
export type ManagedFields = {
  readonly manager: string
  /** `Apply` or `Update`. */
  readonly operation: string
  readonly time: string | undefined
  readonly subresource: string | undefined
  readonly apiVersion: string | undefined
  readonly fields: FieldSet
}

/**
 * A tree of owned fields. Keys are `f:name` for a field, `k:{…}` for the list item with these key fields, `v:…` for a
 * value in a set, `i:0` for an index, `.` for the thing itself; a node without keys owns all below it.
 */
export type FieldSet = { readonly [step: string]: FieldSet }

type Entry = {
  readonly manager?: string
  readonly operation?: string
  readonly time?: string
  readonly subresource?: string
  readonly apiVersion?: string
  readonly fieldsType?: string
  readonly fieldsV1?: FieldSet
}

export function managedFieldsOf(object: KubernetesObject): ManagedFields[] {
  const entries = object.metadata['managedFields']
  if (!Array.isArray(entries)) return []
  return (entries as readonly Entry[])
    .filter(({ fieldsType, fieldsV1 }) => fieldsType === 'FieldsV1' && fieldsV1 !== undefined)
    .map(({ manager = '', operation = '', time, subresource, apiVersion, fieldsV1 = {} }) => ({
      manager,
      operation,
      time,
      subresource: subresource || undefined,
      apiVersion,
      fields: fieldsV1,
    }))
}

/** When somebody who owns of its spec last wrote the object, in whole seconds; its status and scale apart. Undefined where nobody says. */
export function specWrittenAt(object: KubernetesObject): Date | undefined {
  const times = managedFieldsOf(object).flatMap(({ time, subresource, fields }) =>
    time === undefined || subresource !== undefined || fields['f:spec'] === undefined ? [] : [Date.parse(time)],
  )
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}

export function isLeaf(fields: FieldSet): boolean {
  for (const _step in fields) return false
  return true
}

/** Whether a list item is the one that a step of a field set names. */
export function isStepTo(step: string, item: unknown, index: number): boolean {
  switch (step.slice(0, 2)) {
    case 'i:':
      return Number(step.slice(2)) === index
    case 'v:':
      return sameScalar(JSON.parse(step.slice(2)), item)
    case 'k:':
      return Object.entries(JSON.parse(step.slice(2)) as Record<string, unknown>).every(([field, value]) =>
        sameScalar(value, isRecord(item) ? item[field] : undefined),
      )
    default:
      return false
  }
}

function sameScalar(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && a !== null && JSON.stringify(a) === JSON.stringify(b))
}

/** The entry of what a manager has applied. */
export function isApplyOf({ manager, operation, subresource }: ManagedFields, of: string): boolean {
  return manager === of && operation === 'Apply' && subresource === undefined
}

/** The entry of an autoscaler, or of whoever else scales. */
export function isScale({ subresource }: ManagedFields): boolean {
  return subresource === 'scale'
}
