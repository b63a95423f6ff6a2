import { Code, ConnectError } from '@connectrpc/connect'
import { FaultSchema } from '@plimsoll/proto'
import {
  DeadlineError,
  InvalidRequestError,
  NotFoundError,
  PermissionDeniedError,
  PlimsollError,
  PreconditionError,
  ServerAwayError,
  ServerFailureError,
  UnauthenticatedError,
  UnsupportedError,
  type Fault,
} from '../errors.ts'

type Faults = readonly [Fault, ...Fault[]]

/** What a call failed with, as an error of the SDK; `url` is where the server is. */
export function errorOf(error: unknown, url: string): PlimsollError {
  if (error instanceof PlimsollError) return error
  const connect = ConnectError.from(error)
  const [first, ...others] = connect.findDetails(FaultSchema).map(faultOf)
  const isTold = first !== undefined
  const code = isTold ? connect.code : codeOf(connect)
  const faults: Faults = isTold ? [first, ...others] : [untold(code, url, connect.rawMessage)]
  return withCode(code, faults, {
    cause: error,
    answered: isTold,
    lost: !isTold && !neverReached(connect),
  })
}

function faultOf({ what, where, because, try: remedy }: Fault): Fault {
  return { what, where, because, try: remedy }
}

function withCode(
  code: Code,
  faults: Faults,
  options: ErrorOptions & { readonly answered: boolean; readonly lost: boolean },
): PlimsollError {
  const { cause } = options
  switch (code) {
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return new InvalidRequestError('invalid_argument', faults, { cause })
    case Code.NotFound:
      return new NotFoundError('not_found', faults, { cause })
    case Code.FailedPrecondition:
      return new PreconditionError('failed_precondition', faults, { cause })
    case Code.AlreadyExists:
      return new PreconditionError('already_exists', faults, { cause })
    case Code.Unauthenticated:
      return new UnauthenticatedError('unauthenticated', faults, { cause })
    case Code.PermissionDenied:
      return new PermissionDeniedError('permission_denied', faults, { cause })
    case Code.Unavailable:
    case Code.Aborted:
    case Code.Canceled:
      return new ServerAwayError(faults, options)
    case Code.DeadlineExceeded:
      return new DeadlineError('deadline_exceeded', faults, { cause })
    case Code.ResourceExhausted:
      return new PlimsollError('resource_exhausted', faults, { cause })
    case Code.Unimplemented:
      return new UnsupportedError('unimplemented', faults, { cause })
    case Code.Internal:
    case Code.Unknown:
    case Code.DataLoss:
      return new ServerFailureError('internal', faults, { cause })
  }
}

/** What comes from the connection and not from the server has all kinds of codes, and means one thing. */
function codeOf({ code, rawMessage, cause }: ConnectError): Code {
  const isCut = rawMessage.startsWith('protocol error: ') || rawMessage.startsWith('premature ')
  const isFetch = code === Code.Unknown && nameOf(cause) === 'TypeError'
  const isSession = code === Code.Internal && nodeCodes(cause).some((found) => found.startsWith('ERR_'))
  return isCut || isFetch || isSession ? Code.Unavailable : code
}

const refusals = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function neverReached({ cause }: ConnectError): boolean {
  return nodeCodes(cause).some((code) => refusals.has(code))
}

/** The codes that Node gives its errors, through all their causes. */
function nodeCodes(error: unknown): readonly string[] {
  const codes: string[] = []
  let next = error
  for (let depth = 0; depth < 10 && typeof next === 'object' && next !== null; depth++) {
    const { code, cause, errors } = next as { code?: unknown; cause?: unknown; errors?: unknown }
    if (typeof code === 'string') codes.push(code)
    next = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return codes
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : ''
}

function untold(code: Code, url: string, because: string): Fault {
  const [what, remedy] = told[code] ?? ['The server refused the request', 'Look at `plimsoll doctor`.']
  return { what, where: url, because, try: remedy }
}

const away = ['The server cannot be reached', 'Start it with `plimsoll up`, or give the address of another.'] as const

const told: Readonly<Partial<Record<Code, readonly [what: string, remedy: string]>>> = {
  [Code.Unavailable]: away,
  [Code.Aborted]: away,
  [Code.Canceled]: away,
  [Code.DeadlineExceeded]: ['The answer took too long', 'Look at `plimsoll status`, and at `plimsoll doctor`.'],
  [Code.Unimplemented]: ['The server does not know this', 'Bring server and client to the same version.'],
}
