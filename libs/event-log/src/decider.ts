import type { NewEvent, StoredEvent } from './event.ts'

/** How a stream's events become a state, and new events are stored. All pure. */
export type Decider<State, Event> = {
  readonly initial: State
  readonly evolve: (state: State, event: Event) => State
  readonly decode: (stored: StoredEvent) => Event
  readonly encode: (event: Event) => NewEvent
}
