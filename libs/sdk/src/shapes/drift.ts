import type { ObjectRefV1 } from '@plimsoll/proto'

/** What differs from what was last applied, without Git having asked for it. */
export type Drift = {
  /** RFC 3339 */
  readonly since?: string
  /** At most 50. */
  readonly objects: readonly DriftedObject[]
  /** All of them. */
  readonly total: number
  /** When it is put back by itself, RFC 3339; absent where nothing is, or a heal is under way. */
  readonly heal_at?: string
  readonly contest?: Contest
}

export type DriftedObject = {
  readonly ref?: ObjectRefV1
  /** `unmarked`: it, or another of its name, is not the workflow's any more. */
  readonly what: 'modified' | 'deleted' | 'unmarked'
  /** Paths of fields that were changed; the first few. */
  readonly fields: readonly string[]
  /** Fields beyond those. */
  readonly more_fields: number
  /** Who changed it, as field manager; empty where the cluster does not tell. */
  readonly manager: string
  /** When that manager last wrote the object, RFC 3339. */
  readonly time?: string
}

/** Somebody changes a field back after each heal. */
export type Contest = {
  readonly object?: ObjectRefV1
  /** Empty for an object that is deleted again and again. */
  readonly field: string
  readonly manager: string
  readonly heals: number
  /** From the first of these heals to the newest drift: seconds, such as `42.5s`. */
  readonly within?: string
}

/** What was applied turned unhealthy after its sync. */
export type IllHealth = {
  /** RFC 3339 */
  readonly since?: string
  readonly objects: readonly UnhealthyObject[]
  readonly total: number
}

export type UnhealthyObject = {
  readonly ref?: ObjectRefV1
  /** `Degraded`, `Progressing` for too long, or `Unknown`. */
  readonly status: string
  readonly message: string
}
