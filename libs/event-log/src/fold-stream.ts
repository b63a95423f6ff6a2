import type { StoredEvent } from './event.ts'
import type { EventLog, Session } from './event-log.ts'
import { readStream } from './read-stream.ts'
import type { Decider } from './decider.ts'

/** A stream's state at a version; `last` is its newest event. */
export type Folded<State> = {
  readonly state: State
  readonly version: number
  readonly last: StoredEvent | undefined
}

type Cache = Map<string, Folded<unknown>>
type Fold<State, Event> = Pick<Decider<State, Event>, 'initial' | 'evolve' | 'decode'>

// Events never change, so what was folded stays right: of a stream that was read before, only its end is read again.
// Kept apart by log and by what folds: another fold of the same stream is another state.
const caches = new WeakMap<EventLog['db'], WeakMap<object, Cache>>()
const streamsKept = 2_000

/** The state of a whole stream; of one without events, the initial state at version 0. */
export async function foldStream<State, Event>(
  log: Session,
  stream: string,
  fold: Fold<State, Event>,
): Promise<Folded<State>> {
  const cache = cacheOf(log, fold.evolve)
  const known = cache?.get(stream) as Folded<State> | undefined
  const folded = (known && (await goOn(log, stream, fold, known))) ?? (await readAll(log, stream, fold))
  cache?.delete(stream)
  cache?.set(stream, folded)
  return folded
}

/** Reads the known end again too: if it is not there any more, an older database was restored under us. */
async function goOn<State, Event>(
  log: Session,
  stream: string,
  fold: Fold<State, Event>,
  known: Folded<State>,
): Promise<Folded<State> | undefined> {
  const [first, ...news] = await readStream(log, stream, { afterVersion: known.version - 1 })
  return first !== undefined && first.eventId === known.last?.eventId ? foldOn(fold, known, news) : undefined
}

async function readAll<State, Event>(log: Session, stream: string, fold: Fold<State, Event>): Promise<Folded<State>> {
  return foldOn(fold, { state: fold.initial, version: 0, last: undefined }, await readStream(log, stream))
}

function foldOn<State, Event>(
  { evolve, decode }: Fold<State, Event>,
  { state, version, last }: Folded<State>,
  events: readonly StoredEvent[],
): Folded<State> {
  return {
    state: events.reduce((folded, event) => evolve(folded, decode(event)), state),
    version: events.at(-1)?.version ?? version,
    last: events.at(-1) ?? last,
  }
}

/** None within a transaction: what it sees may be rolled back. */
function cacheOf({ db }: Session, evolve: object): Cache | undefined {
  if (db.isTransaction) return undefined
  const ofLog = caches.get(db) ?? new WeakMap<object, Cache>()
  caches.set(db, ofLog)
  const cache = ofLog.get(evolve) ?? new Map()
  ofLog.set(evolve, cache)
  const [oldest] = cache.keys()
  if (cache.size > streamsKept && oldest !== undefined) cache.delete(oldest)
  return cache
}
