import type { PositionedEvent } from '../event.ts'
import type { Session } from '../event-log.ts'
import type { Json } from '../json.ts'
import { readLog } from '../read-log.ts'
import { foldEvents } from './fold.ts'
import { readGeneration } from './generation.ts'
import type { Projection } from './projection.ts'
import { emptyCache, type RowCache } from './row-cache.ts'

export const FOLD_BATCH = 2_000

/**
 * Folds until the end of the log; returns the position reached. While a batch is folded the next one is read.
 *
 * @throws UnknownEventError from the projection's own code
 */
export async function catchUp<Body extends Json>(
  log: Session,
  projection: Projection<Body>,
  cache: RowCache<Body> = emptyCache(),
  signal?: AbortSignal,
): Promise<number> {
  let generation = await readGeneration(log, projection)
  let ahead = read(log, generation.position)
  for (;;) {
    const events = await ahead.events
    signal?.throwIfAborted()
    const last = events.at(-1)
    if (last === undefined) return generation.position
    ahead = read(log, last.position)
    if (await foldEvents(log, projection, generation, events, cache)) {
      generation = { ...generation, position: last.position }
    } else {
      generation = await readGeneration(log, projection)
      ahead = read(log, generation.position)
    }
  }
}

/** Starts to read; a failure is for whoever awaits it, and none at all if nobody does. */
function read(log: Session, after: number): { readonly events: Promise<PositionedEvent[]> } {
  const events = readLog(log, { after, limit: FOLD_BATCH })
  events.catch(() => {})
  return { events }
}
