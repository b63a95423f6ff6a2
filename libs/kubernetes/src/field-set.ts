import { isRecord } from '@plimsoll/domain'
import { isLeaf, isStepTo } from './managed-fields.ts'
import type { FieldSet } from './managed-fields.ts'

/** The part of a value that a tree of fields names. An item of a list keeps the fields that name it. */
export function subset(value: unknown, fields: FieldSet): unknown {
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

/** What is in one tree of fields and not in the other. */
export function without(fields: FieldSet, others: FieldSet): FieldSet {
  const rest = Object.entries(fields).flatMap(([step, below]) => {
    const other = others[step]
    if (other === undefined) return [[step, below] as const]
    if (isLeaf(other) || isLeaf(below)) return []
    const left = without(below, other)
    return isLeaf(left) ? [] : [[step, left] as const]
  })
  return Object.fromEntries(rest)
}

/**
 * What is in both trees of fields. A leaf is a field that is owned as a whole, or a map that is owned without what is in it:
 * it is the same only as another leaf.
 */
export function both(fields: FieldSet, others: FieldSet): FieldSet {
  const shared = Object.entries(fields).flatMap(([step, below]) => {
    const other = others[step]
    if (other === undefined || isLeaf(other) !== isLeaf(below)) return []
    if (isLeaf(below)) return [[step, below] as const]
    const common = both(below, other)
    return isLeaf(common) ? [] : [[step, common] as const]
  })
  return Object.fromEntries(shared)
}

/** What is in any of the trees of fields. */
export function any(sets: readonly FieldSet[]): FieldSet {
  return sets.reduce(merge, {})
}

function merge(fields: FieldSet, others: FieldSet): FieldSet {
  const merged: Record<string, FieldSet> = { ...fields }
  for (const [step, other] of Object.entries(others)) {
    const below = merged[step]
    merged[step] = below === undefined || isLeaf(below) ? other : isLeaf(other) ? below : merge(below, other)
  }
  return merged
}

/** The same with the fields that name the items of its lists. */
export function withKeys(fields: FieldSet): FieldSet {
  const named = Object.entries(fields).map(([step, below]) => {
    if (isLeaf(below)) return [step, below] as const
    const keys = step.startsWith('k:') ? Object.keys(JSON.parse(step.slice(2)) as object) : []
    return [step, { ...withKeys(below), ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) }] as const
  })
  return Object.fromEntries(named)
}
