import { randomUUID } from 'node:crypto'
import { Code, ConnectError } from '@connectrpc/connect'
import {
  BlobMissingError,
  CommandReusedError,
  ConcurrencyError,
  EventTooLargeError,
  isConnectionLost,
  UnknownEventError,
} from '@plimsoll/event-log'
import { FaultSchema } from '@plimsoll/proto'
import type { Logger } from '@plimsoll/runtime'
import { RefusalError, type RefusalKind } from '../refusal-error.ts'

const codes: Readonly<Record<RefusalKind, Code>> = {
  invalid: Code.InvalidArgument,
  'not-found': Code.NotFound,
  precondition: Code.FailedPrecondition,
  'too-late': Code.DeadlineExceeded,
  unauthenticated: Code.Unauthenticated,
  unavailable: Code.Unavailable,
}

/**
 * The one place where errors become codes. What the caller can act on carries its faults as details; anything else is
 * told to the operator's log under an id, and only that id goes out: the text of an unknown error may hold a secret.
 */
export function toConnectError(error: unknown, logger: Logger): ConnectError {
  const refusal = asRefusal(error)
  if (refusal instanceof ConnectError) return refusal
  if (refusal !== undefined) {
    const details = refusal.faults.map((fault) => ({ desc: FaultSchema, value: fault }))
    return new ConnectError(refusal.message, codes[refusal.kind], undefined, details)
  }
  const id = randomUUID()
  logger.error({ err: error, id }, 'a request failed')
  return new ConnectError(`internal error ${id}: the log of the api says more`, Code.Internal)
}

function asRefusal(error: unknown): RefusalError | ConnectError | undefined {
  if (error instanceof RefusalError || error instanceof ConnectError) return error
  if (error instanceof ConcurrencyError)
    return new RefusalError('unavailable', [
      {
        what: 'The command was not recorded',
        where: error.stream,
        because: 'others keep writing to it',
        try: 'Send it again.',
      },
    ])
  if (error instanceof CommandReusedError)
    return new RefusalError('invalid', [
      {
        what: 'The command was not recorded',
        where: 'command_id',
        because: error.message,
        try: 'Use a new command_id for each command.',
      },
    ])
  if (error instanceof EventTooLargeError)
    return new RefusalError('invalid', [
      {
        what: 'The command was not recorded',
        where: '',
        because: error.message,
        try: 'Make the longest fields shorter.',
      },
    ])
  if (error instanceof BlobMissingError)
    return new RefusalError('precondition', [
      { what: 'The plan cannot be shown', where: '', because: error.message, try: 'Ask for the diff again.' },
    ])
  if (error instanceof UnknownEventError || isConnectionLost(error)) return unreadable(error)
  return undefined
}

function unreadable(error: unknown): RefusalError {
  return error instanceof UnknownEventError
    ? new RefusalError('unavailable', [
        {
          what: 'The log cannot be read',
          where: '',
          because: error.message,
          try: 'Bring this api to the version of the others.',
        },
      ])
    : new RefusalError('unavailable', [
        {
          what: 'The log cannot be reached',
          where: 'postgres',
          because: 'the database does not answer',
          try: 'Send it again in a moment.',
        },
      ])
}
