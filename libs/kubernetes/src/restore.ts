import type { KubernetesObject } from '@plimsoll/domain'
import { canonicalJson } from '@plimsoll/domain'
import { any, both, subset, withKeys, without } from './field-set.ts'
import { isApplyOf, isLeaf, isScale, managedFieldsOf } from './managed-fields.ts'
import type { FieldSet, ManagedFields } from './managed-fields.ts'

/** How one manager's fields of a live object are put back to what they were. */
export type Restoration = {
  /** To be applied by that manager: its fields of before, with the values of before, and no others. */
  readonly object: KubernetesObject
  /** Whether applying it would change anything. */
  readonly isNeeded: boolean
  /** Fields that the manager has taken from others since: they belong to those again afterwards. */
  readonly taken: FieldSet
}

/**
 * What puts an object back to `before`, as far as it is a manager's own: fields that the manager owned then, and those that
 * it took from others since. What it added since goes by being left out; what autoscalers say is left to them.
 */
export function restorationOf(before: KubernetesObject, live: KubernetesObject, manager: string): Restoration {
  const [then, now] = [before, live].map((object) => sharesOf(object, manager)) as [Shares, Shares]
  const scaled = any([then.scaled, now.scaled])
  const owned = without(then.own, scaled)
  // Of an object without any record of owners it is not known what was whose: all that was there is put back.
  const theirs = managedFieldsOf(before).length === 0 ? now.own : then.others
  const lost = both(without(now.own, owned), theirs)
  const taken = without(lost, both(lost, any([now.others, scaled])))
  const fields = withKeys(any([owned, taken]))
  const isSame =
    canonicalJson(configOf(before, fields)) === canonicalJson(configOf(live, fields)) &&
    isLeaf(without(without(now.own, scaled), fields)) &&
    isLeaf(without(any([owned, taken]), now.own))
  return { object: configOf(before, fields), isNeeded: !isSame, taken }
}

/** What makes an object anew that is gone: the manager's fields of before, and the replicas that were last scaled to. */
export function recreationOf(before: KubernetesObject, manager: string): KubernetesObject {
  const { own, others, scaled } = sharesOf(before, manager)
  const replicas: FieldSet = { 'f:spec': { 'f:replicas': {} } }
  const isScaled = typeof (before['spec'] as { replicas?: unknown } | undefined)?.replicas === 'number'
  return configOf(before, any([isLeaf(own) ? others : own, scaled, isScaled ? replicas : {}]))
}

/**
 * The owners that an object shall have once a restoration was applied: fields that were taken belong to those who had them
 * before, and the manager keeps what was its own. Undefined when nothing was taken.
 */
export function ownersAfter(
  before: KubernetesObject,
  restored: KubernetesObject,
  { taken }: Pick<Restoration, 'taken'>,
  manager: string,
): readonly unknown[] | undefined {
  const isOurs = (entry: ManagedFields) => isApplyOf(entry, manager)
  if (isLeaf(taken) && !isLeaf(sharesOf(before, manager).own)) return undefined
  const keepsSome = !isLeaf(sharesOf(before, manager).own)
  const givers = managedFieldsOf(before).filter((entry) => !isOurs(entry) && !isLeaf(both(entry.fields, taken)))
  const present = managedFieldsOf(restored).flatMap((entry) => {
    if (isOurs(entry)) return keepsSome ? [{ ...entry, fields: without(entry.fields, taken) }] : []
    const back = givers.find((giver) => isSameOwner(giver, entry))
    return [back === undefined ? entry : { ...entry, fields: any([entry.fields, both(back.fields, taken)]) }]
  })
  const absent = givers.filter((giver) => !present.some((entry) => isSameOwner(entry, giver)))
  return [...present, ...absent].filter(({ fields }) => !isLeaf(fields)).map(toEntry)
}

type Shares = { readonly own: FieldSet; readonly others: FieldSet; readonly scaled: FieldSet }

function sharesOf(object: KubernetesObject, manager: string): Shares {
  const entries = managedFieldsOf(object).filter(
    ({ subresource }) => subresource === undefined || subresource === 'scale',
  )
  const fieldsOf = (some: readonly ManagedFields[]) => any(some.map(({ fields }) => fields))
  return {
    own: fieldsOf(entries.filter((entry) => isApplyOf(entry, manager))),
    others: fieldsOf(entries.filter((entry) => !isApplyOf(entry, manager) && !isScale(entry))),
    scaled: fieldsOf(entries.filter(isScale)),
  }
}

function configOf(before: KubernetesObject, fields: FieldSet): KubernetesObject {
  const { apiVersion, kind, metadata } = before
  const { metadata: owned, ...rest } = (isLeaf(fields) ? {} : subset(before, fields)) as Partial<KubernetesObject>
  const { name, namespace } = metadata
  return { ...rest, apiVersion, kind, metadata: { ...owned, name, ...(namespace !== undefined && { namespace }) } }
}

function isSameOwner(a: ManagedFields, b: ManagedFields): boolean {
  return a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource
}

function toEntry({ manager, operation, time, subresource, apiVersion, fields }: ManagedFields): unknown {
  return {
    manager,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    ...(subresource !== undefined && { subresource }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  }
}
