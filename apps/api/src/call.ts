import { randomUUID } from 'node:crypto'
import type { Cause } from '@plimsoll/event-log'
import { currentTraceparent } from '@plimsoll/runtime'
import { invalid } from './refusal-error.ts'

/** Who calls, and until when an answer is of use. */
export type Call = {
  /** Name of the access token. */
  readonly actor: string
  readonly signal: AbortSignal
}

const commandIdPattern = /^[\x21-\x7e]{1,120}$/

/** Why the events of a command are recorded: the actor, and what the caller said. */
export function causeOf(
  { actor }: Call,
  request: { readonly commandId?: string | undefined; readonly reason?: string | undefined } = {},
): Cause {
  const { commandId = randomUUID(), reason } = request
  if (!commandIdPattern.test(commandId))
    throw invalid([{ field: 'command_id', message: 'has 1 to 120 characters of ASCII, without spaces' }])
  return { commandId, actor, reason: reason === '' ? undefined : reason, traceparent: currentTraceparent() }
}
