import type { KubernetesObject } from '@plimsoll/domain'
import { canonicalJson, isRecord } from '@plimsoll/domain'
import { isLeaf, isStepTo, managedFieldsOf } from './managed-fields.ts'
import type { FieldSet } from './managed-fields.ts'

/**
 * The part of a live object that a manager's applies own, as managedFields has it; empty when it owns nothing. Fields last
 * written through the scale subresource are left out: an autoscaler's replicas are no drift.
 */
export function ownedFields(object: KubernetesObject, manager: string): Readonly<Record<string, unknown>> {
  const entries = managedFieldsOf(object)
  const scaled = entries.filter(({ subresource }) => subresource === 'scale')
  const applied = entries.filter((entry) => {
    return entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined
  })
  const subsets = applied.map(({ fields }) => {
    const ours = scaled.reduce((rest, { fields: theirs }) => without(rest, theirs), fields)
    return subset(object, ours) as Readonly<Record<string, unknown>>
  })
  // More than one entry only exists while one manager applies two versions of a kind.
  return Object.assign({}, ...subsets)
}

/** Digest of `ownedFields`: it changes when and only when someone changed, took over or removed a field of ours. */
export function ownedHash(object: KubernetesObject, manager: string, hash: (text: string) => string): string {
  return hash(canonicalJson(ownedFields(object, manager)))
}

function subset(value: unknown, fields: FieldSet): unknown {
  if (isLeaf(fields)) return value
  if (Array.isArray(value)) return subsetOfList(value, fields)
  return isRecord(value) ? subsetOfMap(value, fields) : value
}

function subsetOfMap(value: Readonly<Record<string, unknown>>, fields: FieldSet): Record<string, unknown> {
  const owned: Record<string, unknown> = {}
  for (const [step, below] of Object.entries(fields)) {
    const name = step.slice(2)
    if (step.startsWith('f:') && Object.hasOwn(value, name)) owned[name] = subset(value[name], below)
  }
  return owned
}

function subsetOfList(value: readonly unknown[], fields: FieldSet): unknown[] {
  const steps = Object.entries(fields).filter(([step]) => step !== '.')
  return value.flatMap((item, index) => {
    const found = steps.find(([step]) => isStepTo(step, item, index))
    return found ? [subset(item, found[1])] : []
  })
}

function without(fields: FieldSet, others: FieldSet): FieldSet {
  const rest = Object.entries(fields).flatMap(([step, below]) => {
    const other = others[step]
    if (other === undefined) return [[step, below] as const]
    if (isLeaf(other) || isLeaf(below)) return []
    const left = without(below, other)
    return isLeaf(left) ? [] : [[step, left] as const]
  })
  return Object.fromEntries(rest)
}
