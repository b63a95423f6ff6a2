import { isRecord } from '../json/json.ts'
import { pointerSteps } from '../json/json-pointer.ts'
import { leaveIgnored } from './leave-ignored.ts'
import type { IgnoredField, Ownership } from './leave-ignored.ts'
import { matchesSelector } from './matches-selector.ts'
import { refOf } from './object-ref.ts'
import type { KubernetesObject } from './object-ref.ts'
import type { IgnoreRule } from './object-selector.ts'

export type { IgnoredField, Ownership } from './leave-ignored.ts'

export type ObjectToSend = { readonly object: KubernetesObject; readonly ignored: readonly IgnoredField[] }

/**
 * The object to send instead of `desired`, so that an apply leaves ignored fields as they are: a field that only we own is
 * sent with its live value, as leaving it out would reset it; one that another manager owns is left out, and so is one that
 * nobody owns. The items of lists are paired by their key; a pointer of a rule counts them as Git has them.
 * `ownersOf` answers who owns a field of the live object, by a path as `diffFields` names it.
 * Where nothing is ignored the object is `desired` itself. A create sends what Git has: do not ask for it.
 */
export function objectToSend({
  desired,
  live,
  rules,
  ownersOf,
}: {
  readonly desired: KubernetesObject
  readonly live: KubernetesObject
  readonly rules: readonly IgnoreRule[]
  readonly ownersOf: (path: string) => readonly Ownership[]
}): ObjectToSend {
  const ref = refOf(desired)
  const matching = rules.filter((rule) => matchesSelector(rule, ref))
  const managers = new Set(matching.flatMap((rule) => rule.managers))
  const pointers = matching.flatMap((rule) => rule.json_pointers.map(pointerSteps))
  if (pointers.length + managers.size === 0 && !isScaled(live)) return { object: desired, ignored: [] }
  const { sent, ignored } = leaveIgnored({ desired, live, pointers, managers, ownersOf })
  return ignored.length === 0 ? { object: desired, ignored } : { object: sent as KubernetesObject, ignored }
}

/** Whether someone set the replicas through the scale subresource, as `kubectl scale` and an autoscaler do. */
function isScaled({ metadata: { managedFields: entries } }: KubernetesObject): boolean {
  return Array.isArray(entries) && entries.some((entry) => isRecord(entry) && entry['subresource'] === 'scale')
}
