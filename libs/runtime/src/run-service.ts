import { setTimeout as sleep } from 'node:timers/promises'

export type ServiceParts = {
  /** Calls `onHint` whenever something may have happened, until the signal aborts. */
  readonly consume: (onHint: () => Promise<void>, signal: AbortSignal) => Promise<void>
  /** Reads the log from the service's checkpoint on and makes work due; returns how much. */
  readonly dispatch: () => Promise<number>
  /** Claims and does work until the signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<void>
  /** Called after work became due, to wake the workers. */
  readonly onDue?: () => void
  /** Dispatches also this often, as a hint may be lost. Default 3,000 milliseconds. */
  readonly sweepMs?: number
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
  /** Called at every turn of the loop. */
  readonly beat?: () => void
}

/**
 * The loop of a service: consume → dispatch → work. A hint is confirmed only after its dispatch was committed.
 * Runs until the signal aborts and its parts have ended.
 */
export async function runService(parts: ServiceParts): Promise<void> {
  const { consume, work, signal, sweepMs = 3_000, onError, beat = () => {} } = parts
  const dispatch = oneAtATime(async () => {
    const due = await parts.dispatch()
    beat()
    if (due > 0) parts.onDue?.()
  })
  const sweep = async (): Promise<void> => {
    while (!signal.aborted) {
      await dispatch().catch(onError)
      await sleep(sweepMs, undefined, { signal }).catch(() => {})
    }
  }
  await Promise.all([forever(() => consume(dispatch, signal), parts), forever(() => work(signal), parts), sweep()])
}

/** Callers that come while one runs share the next run: it starts after their call, so it sees what they saw. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        running = run()
        return running
      })
    return next
  }
}

/** A part that failed is told and started again. */
async function forever(part: () => Promise<void>, { signal, onError }: ServiceParts): Promise<void> {
  while (!signal.aborted) {
    try {
      await part()
    } catch (error) {
      if (signal.aborted) return
      onError(error)
    }
    // Also after a part that ended by itself, which is not meant to happen.
    await sleep(1_000, undefined, { signal }).catch(() => {})
  }
}
