import type { Contest, DriftEnd, DriftedObject, UnhealthyObject } from '../events/drift-events.ts'
import { healCalmMs } from './heal-back-off.ts'

/** Live objects that differ from what was last applied. Instants are ISO 8601. */
export type Drift = {
  readonly since: string
  /** As many as are kept; `total` counts all. */
  readonly objects: readonly DriftedObject[]
  readonly total: number
  readonly heal_at: string | null
  readonly contest: Contest | null
  /** Heals that were begun, and did not end it. */
  readonly attempts: number
  /** What wrote since: it is taken for gone until the cluster was looked at again. */
  readonly ended_by: { readonly how: Exclude<DriftEnd, 'itself'>; readonly by: string } | null
}

/** An object whose drift went away, not long ago. */
export type HealedObject = {
  readonly identity: string
  /** Times in a row that a heal put it back, each soon after the last, and that its drift went away by itself. */
  readonly heals: number
  readonly returns: number
  readonly fields: readonly { readonly path: string; readonly heals: number }[]
  readonly first_at: string
  readonly last_at: string
}

/** What was applied and is not healthy. */
export type Unhealthy = {
  readonly since: string
  readonly objects: readonly UnhealthyObject[]
  readonly total: number
}

/** Objects that a state keeps, and an event lists. */
export const driftedAtMost = 50

/** Whether what was healed counts for what happens to the same object at this instant. */
export function isRecent({ heals, returns, last_at }: HealedObject, at: string): boolean {
  return Date.parse(at) - Date.parse(last_at) < healCalmMs(Math.max(heals, returns))
}
