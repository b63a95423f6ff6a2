import type { StoredEvent } from './event.ts'
import type { Session } from './event-log.ts'
import { readStream } from './read-stream.ts'
import type { Decider } from './transact.ts'

/** A stream's state at a version; `last` is its newest event. */
export type Folded<State> = {
  readonly state: State
  readonly version: number
  readonly last: StoredEvent | undefined
  readonly events: readonly StoredEvent[]
}

/** The state of a whole stream; of one without events, the initial state at version 0. */
export async function foldStream<State, Event>(
  log: Session,
  stream: string,
  { initial, evolve, decode }: Pick<Decider<State, Event>, 'initial' | 'evolve' | 'decode'>,
): Promise<Folded<State>> {
  const events = await readStream(log, stream)
  const last = events.at(-1)
  return {
    state: events.reduce((state, event) => evolve(state, decode(event)), initial),
    version: last?.version ?? 0,
    last,
    events,
  }
}
