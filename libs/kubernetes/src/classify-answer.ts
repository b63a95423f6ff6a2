import { KubernetesError } from './kubernetes-error.ts'
import type { FieldConflict, KubernetesErrorKind } from './kubernetes-error.ts'
import { parseJson } from '@plimsoll/domain'
import type { ObjectRef, ServiceAccount } from '@plimsoll/domain'
import { hideValues, hideValuesSent } from './hide-values.ts'
import type { Asked } from './hide-values.ts'
import { isImmutable, readRefusal } from './refusal.ts'

export type FailedAnswer = {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
  /** Who the request acted as. */
  readonly account?: ServiceAccount | undefined
}

type Cause = { readonly reason?: string; readonly message?: string; readonly field?: string }

type Status = {
  readonly message?: string
  readonly reason?: string
  readonly details?: {
    readonly kind?: string
    readonly name?: string
    readonly causes?: readonly Cause[]
    readonly retryAfterSeconds?: number
  }
}

/**
 * Reads the API server's refusal. The status code alone says too little: 409 is a lost race or another manager's field,
 * 404 may mean the kind or the namespace, and a 500 can be the user's own typing error.
 */
export function classifyAnswer(answer: FailedAnswer, asked: Asked = {}): KubernetesError {
  const { ref } = asked
  const status = readStatus(answer.body)
  const kind = kindOf(answer.status, status, ref)
  const text = status.message || `the API server answered ${answer.status}`
  const { account } = answer
  const refusal = readRefusal(text, status.details?.causes ?? [])
  const told =
    refusal?.cause === 'impersonation' && account !== undefined
      ? `the connection may not act as the service account ${account.namespace}/${account.name}: ${text}`
      : text
  return new KubernetesError({
    kind,
    message: hideValues(told, asked),
    retryable: isRetryable(kind, answer.status),
    status: answer.status,
    reason: status.reason,
    ref,
    retryAfterMs: retryAfterOf(answer.retryAfter, status),
    conflicts: kind === 'conflict-fields' ? conflictsOf(status, asked) : undefined,
    refusal,
    account,
  })
}

function readStatus(body: string): Status {
  try {
    const parsed = parseJson(body)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch {
    // A proxy in front of the API server answers in HTML or plain text.
  }
  return { message: body.trim().slice(0, 500) }
}

function kindOf(code: number, status: Status, ref: ObjectRef | undefined): KubernetesErrorKind {
  const message = status.message ?? ''
  if (/^admission webhook ".*" denied the request|ValidatingAdmissionPolicy '.*' with binding/.test(message))
    return 'admission'
  switch (code) {
    case 401:
      return 'unauthorized'
    case 403:
      return kindOfForbidden(message, status)
    case 404:
    case 405:
      return kindOfNotFound(status, ref)
    case 409:
      return hasCause(status, 'FieldManagerConflict') ? 'conflict-fields' : kindOfConflict(message)
    case 410:
      return 'expired'
    case 413:
      return 'too-large'
    case 429:
      return 'throttled'
    case 408:
    case 504:
      return 'timeout'
    case 500:
      return kindOfServerError(message)
  }
  if (code >= 500) return 'unavailable'
  return code === 422 ? kindOfInvalid(message, status) : kindOfBadRequest(message)
}

function kindOfForbidden(message: string, status: Status): KubernetesErrorKind {
  if (hasCause(status, 'NamespaceTerminating')) return 'namespace-terminating'
  if (/exceeded quota|failed quota: /.test(message)) return 'quota'
  const isAboutRights = / is forbidden: User | is attempting to grant RBAC permissions /.test(message)
  return isAboutRights ? 'forbidden' : 'admission'
}

function kindOfNotFound(status: Status, ref: ObjectRef | undefined): KubernetesErrorKind {
  const { kind, name } = status.details ?? {}
  if (kind === 'namespaces' && ref?.kind !== 'Namespace') return 'namespace-missing'
  return name ? 'not-found' : 'unknown-kind'
}

function kindOfConflict(message: string): KubernetesErrorKind {
  return /is being terminated|namespace is being/.test(message) ? 'namespace-terminating' : 'conflict-precondition'
}

function kindOfServerError(message: string): KubernetesErrorKind {
  if (/field not declared in schema/.test(message)) return 'unknown-field'
  // The body could not be read as the kind that it says it is. It never will be.
  if (/^failed to (create typed|convert (new|patched|updated)) /.test(message)) return 'invalid'
  return /etcdserver: request is too large/.test(message) ? 'too-large' : 'unavailable'
}

function kindOfInvalid(message: string, status: Status): KubernetesErrorKind {
  const causes = status.details?.causes ?? []
  // A foreign uid is refused as a change of an immutable field.
  if (causes.some(({ field }) => field === 'metadata.uid')) return 'conflict-precondition'
  return isImmutable(message) ? 'immutable' : 'invalid'
}

function kindOfBadRequest(message: string): KubernetesErrorKind {
  return /strict decoding error: unknown field/.test(message) ? 'unknown-field' : 'invalid'
}

function hasCause(status: Status, reason: string): boolean {
  return (status.details?.causes ?? []).some((cause) => cause.reason === reason)
}

// The path of an item of a set holds the item.
function conflictsOf(status: Status, asked: Asked): FieldConflict[] {
  return (status.details?.causes ?? [])
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ message = '', field = '' }) => ({ manager: unquoted(message), field: hideValuesSent(field, asked) }))
}

function unquoted(message: string): string {
  return /"((?:[^"\\]|\\.)*)"/.exec(message)?.[1]?.replace(/\\(.)/g, '$1') ?? message
}

function isRetryable(kind: KubernetesErrorKind, code: number): boolean {
  if (kind === 'unavailable') return code !== 501
  return kind === 'throttled' || kind === 'timeout' || kind === 'expired' || kind === 'namespace-terminating'
}

function retryAfterOf(header: string | undefined, status: Status): number | undefined {
  const seconds = header === undefined ? status.details?.retryAfterSeconds : Number(header)
  return seconds === undefined || !Number.isFinite(seconds) || seconds < 0 ? undefined : seconds * 1000
}
