import type { KubernetesObject } from '@plimsoll/domain'
import { canonicalJson } from '@plimsoll/domain'
import { subset, without } from './field-set.ts'
import { isApplyOf, isScale, managedFieldsOf } from './managed-fields.ts'

/**
 * The part of a live object that a manager's applies own, as managedFields has it; empty when it owns nothing. Fields last
 * written through the scale subresource are left out: an autoscaler's replicas are no drift.
 */
export function ownedFields(object: KubernetesObject, manager: string): Readonly<Record<string, unknown>> {
  const entries = managedFieldsOf(object)
  const scaled = entries.filter(isScale)
  const applied = entries.filter((entry) => isApplyOf(entry, manager))
  const subsets = applied.map(({ fields }) => {
    const ours = scaled.reduce((rest, { fields: theirs }) => without(rest, theirs), fields)
    return subset(object, ours) as Readonly<Record<string, unknown>>
  })
  // More than one entry only exists while one manager applies two versions of a kind.
  return Object.assign({}, ...subsets)
}

/**
 * Digest of `ownedFields`: it changes when and only when someone changed, took over or removed a field of ours, or when the
 * scale subresource begins or ends to say the replicas.
 */
export function ownedHash(object: KubernetesObject, manager: string, hash: (text: string) => string): string {
  const owned = ownedFields(object, manager)
  const scaled = managedFieldsOf(object).filter(isScale)
  return hash(canonicalJson(scaled.length === 0 ? owned : [owned, scaled.map(({ fields }) => fields)]))
}

/** When a manager last changed a field of an object by an apply, ISO 8601 to the second; undefined if it never did. */
export function appliedAt(object: KubernetesObject, manager: string): string | undefined {
  return managedFieldsOf(object).find((entry) => isApplyOf(entry, manager))?.time
}
