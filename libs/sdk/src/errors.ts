/** Something that is wrong, as a person should read it. */
export type Fault = {
  readonly what: string
  /** A field of the request, a file with its line (`k8s/web.yaml:12`), an object, or the server's address. */
  readonly where: string
  readonly because: string
  /** What to do next. */
  readonly try: string
}

/** The first word says of which kind an error is; those of the server are the codes of gRPC. */
export type ErrorCode =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'failed_precondition'
  | 'unauthenticated'
  | 'permission_denied'
  | 'unavailable'
  | 'deadline_exceeded'
  | 'resource_exhausted'
  | 'unimplemented'
  | 'internal'
  | 'closed'
  | 'no_server'
  | 'sync_failed'
  | 'sync_waits'
  | 'approval_required'
  | 'rollback_failed'

/** What every error of the SDK is. `what`, `where`, `because` and `try` are those of the first of its `faults`. */
export class PlimsollError extends Error {
  override readonly name: string = 'PlimsollError'
  readonly code: ErrorCode
  /** At least one. */
  readonly faults: readonly Fault[]
  /** Whether the same call may succeed a little later. */
  readonly retryable: boolean = false

  constructor(code: ErrorCode, faults: readonly [Fault, ...Fault[]], options?: ErrorOptions) {
    super(faults.map(({ what, because }) => (because === '' ? what : `${what}: ${because}`)).join('; '), options)
    this.code = code
    this.faults = faults
  }

  get what(): string {
    return this.faults[0]?.what ?? ''
  }
  get where(): string {
    return this.faults[0]?.where ?? ''
  }
  get because(): string {
    return this.faults[0]?.because ?? ''
  }
  get try(): string {
    return this.faults[0]?.try ?? ''
  }
}

/** The request is not as it should be; `where` names the field. Code `invalid_argument`. */
export class InvalidRequestError extends PlimsollError {
  override readonly name = 'InvalidRequestError'
}

/** There is no such repository, workflow or object. Code `not_found`. */
export class NotFoundError extends PlimsollError {
  override readonly name = 'NotFoundError'
}

/** The request is well formed, and the state of things does not allow it. Code `failed_precondition` or `already_exists`. */
export class PreconditionError extends PlimsollError {
  override readonly name = 'PreconditionError'
}

/** There is no access token, or none that is known and not expired. Code `unauthenticated`. */
export class UnauthenticatedError extends PlimsollError {
  override readonly name = 'UnauthenticatedError'
}

/** The access token does not allow it. Code `permission_denied`. */
export class PermissionDeniedError extends PlimsollError {
  override readonly name = 'PermissionDeniedError'
}

/** The server cannot be reached, or cannot answer just now. Thrown after it was tried again. Code `unavailable`. */
export class ServerAwayError extends PlimsollError {
  override readonly name = 'ServerAwayError'
  override readonly retryable = true
  /** False where the connection failed or broke; true where the server itself says that it cannot answer now. */
  readonly answered: boolean
  /** The server was reached and the connection broke: it may have done what it was asked for. */
  readonly lost: boolean

  constructor(
    faults: readonly [Fault, ...Fault[]],
    options: ErrorOptions & { readonly answered: boolean; readonly lost: boolean },
  ) {
    super('unavailable', faults, options)
    this.answered = options.answered
    this.lost = options.lost
  }
}

/** The answer did not come in time; what was asked for may go on. Code `deadline_exceeded`. */
export class DeadlineError extends PlimsollError {
  override readonly name = 'DeadlineError'
  override readonly retryable = true
}

/** The server is older than the client, or the client older than the server. Code `unimplemented`. */
export class UnsupportedError extends PlimsollError {
  override readonly name = 'UnsupportedError'
}

/** The server failed; its log says more. Code `internal`. */
export class ServerFailureError extends PlimsollError {
  override readonly name = 'ServerFailureError'
}

/** The client was closed. Code `closed`. */
export class ClosedError extends PlimsollError {
  override readonly name = 'ClosedError'

  constructor() {
    super('closed', [
      {
        what: 'The client is closed',
        where: '',
        because: 'it was disposed of',
        try: 'Open another with openPlimsoll().',
      },
    ])
  }
}
