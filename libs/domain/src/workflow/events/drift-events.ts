import type { ObjectRef } from '../../object/object-ref.ts'

/** How a live object came to differ from what was last applied. `unmarked`: it, or another of its name, is not ours any more. */
export type DriftKind = 'modified' | 'deleted' | 'unmarked'

export type DriftedObject = ObjectRef & {
  readonly what: DriftKind
  /** Paths of fields that are not as they were applied, as a plan names them; the first few. */
  readonly fields: readonly string[]
  /** Fields beyond those. */
  readonly more_fields: number
  /** Who wrote the first of them last, as field manager; null where the cluster does not tell, as of what is deleted. */
  readonly manager: string | null
  /** When that manager last wrote the object, ISO 8601. */
  readonly time: string | null
}

/** Somebody changes a field back after each heal. */
export type Contest = {
  readonly object: ObjectRef
  /** Null for an object that is deleted or loses its mark again and again. */
  readonly field: string | null
  readonly manager: string | null
  readonly heals: number
  /** From the first of these heals to the newest. */
  readonly within_ms: number
}

export type UnhealthyObject = ObjectRef & {
  readonly status: string
  readonly message: string
}

/** What put drift back. `itself`: nobody of ours did. */
export type DriftEnd = 'heal' | 'sync' | 'rollback' | 'itself'

// Stored in the event log: rename or reshape only with an upcaster. `at` is ISO 8601.
export type DriftEvent =
  | {
      /** Live objects differ from what was last applied, and Git did not ask for it. */
      readonly type: 'DriftDetected'
      readonly data: {
        readonly at: string
        /** Those that are new since the last of these events, or differ in another way; as many as fit. */
        readonly objects: readonly DriftedObject[]
        /** All that differ now. */
        readonly total: number
        /** When they are put back by themselves; null: not without a person, or not before something else happens. */
        readonly heal_at: string | null
        readonly contest: Contest | null
        readonly message: string
      }
    }
  | {
      readonly type: 'DriftHealed'
      readonly data: {
        readonly at: string
        readonly objects: readonly ObjectRef[]
        /** Objects that still differ. */
        readonly left: number
        readonly how: DriftEnd
        /** Id of the sync or rollback. */
        readonly by: string | null
        readonly message: string
      }
    }
  | {
      /** What is applied turned unhealthy, other objects of it did, or all is healthy again. */
      readonly type: 'HealthObserved'
      readonly data: {
        readonly at: string
        readonly healthy: boolean
        /** As many as fit. */
        readonly objects: readonly UnhealthyObject[]
        readonly total: number
        readonly message: string
      }
    }
