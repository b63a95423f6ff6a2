import type { Decider } from './decider.ts'
import { append, type AppendOptions } from './append.ts'
import { CommandReusedError, ConcurrencyError } from './errors.ts'
import type { Cause, NewEvent, StoredEvent } from './event.ts'
import type { Session } from './event-log.ts'
import { foldStream } from './fold-stream.ts'
import { readCommand } from './read-stream.ts'

export type Transaction<State, Event> = AppendOptions & {
  readonly stream: string
  readonly cause: Cause
  readonly decider: Decider<State, Event>
}

export type Transacted<State> = {
  readonly version: number
  readonly events: readonly StoredEvent[]
  readonly state: State
}

const MAX_ATTEMPTS = 20

/**
 * Loads a stream, decides, and appends what was decided; on a conflict again from the start. A command that is recorded
 * already is not decided a second time: its events are returned, with the state as it is now.
 */
export async function transact<State, Event>(
  log: Session,
  transaction: Transaction<State, Event>,
  decide: (state: State) => readonly Event[],
): Promise<Transacted<State>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(log, transaction, decide)
    } catch (error) {
      const again = error instanceof ConcurrencyError && error.stream === transaction.stream
      if (!again || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

async function attemptOnce<State, Event>(
  log: Session,
  { stream, cause, decider, ...options }: Transaction<State, Event>,
  decide: (state: State) => readonly Event[],
): Promise<Transacted<State>> {
  const [{ state, version }, earlier] = await Promise.all([
    foldStream(log, stream, decider),
    readCommand(log, stream, cause.commandId),
  ])
  if (earlier.length > 0) {
    refuseReuse(stream, cause, earlier, () => decide(state).map(decider.encode))
    return { version, events: earlier, state }
  }
  const events = decide(state).map(decider.encode)
  const appended = await append(log, { stream, expectedVersion: version, events, cause, ...options })
  const { evolve, decode } = decider
  return { ...appended, state: appended.events.reduce((folded, event) => evolve(folded, decode(event)), state) }
}

/** Sent again, a command decides nothing, the same kind of thing, or is refused; anything else is another command under its id. */
function refuseReuse(
  stream: string,
  cause: Cause,
  earlier: readonly StoredEvent[],
  decide: () => readonly NewEvent[],
): void {
  const types = earlier.map(({ type }) => type).join()
  let again: readonly NewEvent[] = []
  try {
    again = decide()
  } catch {
    return
  }
  if (again.length > 0 && again.map(({ type }) => type).join() !== types)
    throw new CommandReusedError(stream, cause.commandId)
}
