import { objectToSend } from '@plimsoll/domain'
import type { IgnoreRule, KubernetesObject, ObjectToSend } from '@plimsoll/domain'
import { ownersOf } from './owners-of.ts'

/** What to send to a living object so that an apply of `desired` leaves alone what the rules and an autoscaler say. */
export function toSend(desired: KubernetesObject, live: KubernetesObject, rules: readonly IgnoreRule[]): ObjectToSend {
  return objectToSend({ desired, live, rules, ownersOf: (path) => ownersOf(live, path) })
}
