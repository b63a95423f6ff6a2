import type { ObjectRef, ServiceAccount } from '@plimsoll/domain'
import type { Refusal } from './refusal.ts'

export type KubernetesErrorKind =
  /** The object is not the one that was planned: another uid or resourceVersion, or it exists although it was to be created. */
  | 'conflict-precondition'
  /** Another field manager owns fields that the apply would change; `conflicts` names both. */
  | 'conflict-fields'
  | 'unauthorized'
  | 'forbidden'
  | 'quota'
  | 'admission'
  | 'not-found'
  | 'invalid'
  | 'immutable'
  | 'too-large'
  | 'unknown-kind'
  | 'unknown-field'
  | 'namespace-missing'
  | 'namespace-terminating'
  /** The resourceVersion or the continue token is too old: list again. */
  | 'expired'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  /** The server's certificate does not fit the kubeconfig. */
  | 'untrusted'
  /** What came back is not an answer of an API server. */
  | 'bad-answer'

export type FieldConflict = { readonly manager: string; readonly field: string }

export type KubernetesErrorOptions = {
  readonly kind: KubernetesErrorKind
  readonly message: string
  readonly retryable: boolean
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly ref?: ObjectRef | undefined
  readonly retryAfterMs?: number | undefined
  readonly conflicts?: readonly FieldConflict[] | undefined
  readonly refusal?: Refusal | undefined
  readonly account?: ServiceAccount | undefined
  readonly cause?: unknown
}

/**
 * An answer of the API server that is not a success, or no answer at all. `retryable` says whether the same request can
 * pass later without a change to the object: the server, the network or the trust in them may recover. `status` is 0
 * when no answer came.
 */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError'
  readonly kind: KubernetesErrorKind
  readonly status: number
  readonly reason: string
  readonly retryable: boolean
  readonly ref: ObjectRef | undefined
  readonly retryAfterMs: number | undefined
  readonly conflicts: readonly FieldConflict[]
  /** Who or what refused, where the answer tells. */
  readonly refusal: Refusal | undefined
  /** Who the request acted as, if not as the identity of the connection. */
  readonly account: ServiceAccount | undefined

  constructor(options: KubernetesErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = options.kind
    this.status = options.status ?? 0
    this.reason = options.reason ?? ''
    this.retryable = options.retryable
    this.ref = options.ref
    this.retryAfterMs = options.retryAfterMs
    this.conflicts = options.conflicts ?? []
    this.refusal = options.refusal
    this.account = options.account
  }
}
