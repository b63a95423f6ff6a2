import { isRecord, parsePath } from '@plimsoll/domain'
import type { KubernetesObject, PathStep } from '@plimsoll/domain'
import { isLeaf, isStepTo, managedFieldsOf } from './managed-fields.ts'
import type { FieldSet } from './managed-fields.ts'

export type FieldOwner = {
  readonly manager: string
  readonly operation: string
  readonly subresource?: string
  /** When this manager last changed any field of the object, ISO 8601. */
  readonly time?: string
}

/** Who owns a field, or something inside it, as `diffFields` names paths; the newest first. */
export function ownersOf(object: KubernetesObject, path: string): FieldOwner[] {
  const steps = parsePath(path)
  if (!steps) return []
  return managedFieldsOf(object)
    .filter(({ fields }) => owns(fields, object, steps))
    .map(({ manager, operation, subresource, time }) => ({
      manager,
      operation,
      ...(subresource ? { subresource } : {}),
      ...(time ? { time } : {}),
    }))
    .sort((a, b) => (b.time ?? '').localeCompare(a.time ?? ''))
}

/** Who ever wrote the object, the newest first. */
export function managersOf(object: KubernetesObject): string[] {
  const entries = managedFieldsOf(object).toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? ''))
  return [...new Set(entries.map(({ manager }) => manager))]
}

function owns(fields: FieldSet, value: unknown, [step, ...rest]: readonly PathStep[]): boolean {
  if (step === undefined) return true
  if (isLeaf(fields)) return true
  if ('field' in step) {
    const below = fields[`f:${step.field}`]
    return below !== undefined && owns(below, isRecord(value) ? value[step.field] : undefined, rest)
  }
  const index = Array.isArray(value) ? indexOf(value, step) : -1
  if (index < 0) return false
  const item: unknown = Array.isArray(value) ? value[index] : undefined
  return Object.entries(fields).some(([key, below]) => isStepTo(key, item, index) && owns(below, item, rest))
}

function indexOf(list: readonly unknown[], step: Exclude<PathStep, { readonly field: string }>): number {
  if ('index' in step) return step.index < list.length ? step.index : -1
  return list.findIndex((item) => isRecord(item) && String(item[step.key]) === step.value)
}
