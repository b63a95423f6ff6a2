import { TerminalError, UnknownEventError } from '../errors.ts'
import type { EventLog } from '../event-log.ts'
import type { Json } from '../json.ts'
import type { Claim } from '../work/claim.ts'
import { type Poke, pokeSignal } from '../work/poke.ts'
import { runWork } from '../work/run-work.ts'
import { wake } from '../work/wake.ts'
import { catchUp } from './catch-up.ts'
import { dropOldGenerations, makeLive, openGeneration, roleOf } from './generation.ts'
import type { Projection } from './projection.ts'
import { emptyCache } from './row-cache.ts'

export type RunProjectionOptions<Body extends Json> = {
  readonly log: EventLog
  readonly projection: Projection<Body>
  /** Unique per process. Any number may run; one folds, the others stand by. */
  readonly owner: string
  readonly signal: AbortSignal
  /** Hints that the log grew; without any it is looked at every `sweepMs`. */
  readonly poke?: Poke | undefined
  readonly onError?: ((error: unknown) => void) | undefined
  /** Told each time the end of the log was reached, whether or not it had grown. */
  readonly onTurn?: (() => void) | undefined
  /** Default 10,000. */
  readonly leaseMs?: number | undefined
  /** Default 1,000. */
  readonly sweepMs?: number | undefined
}

/**
 * Keeps a projection up to the log, builds it beside the live one after a change of its code, and swaps them. Errors go to
 * `onError` and are tried again.
 *
 * @throws UnknownEventError when the log holds an event that this program does not know: the claim is given back, and the
 * process should report itself not ready
 */
export async function runProjection<Body extends Json>(options: RunProjectionOptions<Body>): Promise<void> {
  const { log, projection, owner, leaseMs = 10_000, onError = () => {} } = options
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const role = roleOf(projection)
  await openGeneration(log, projection)
  await wake(log, role, [{ stream: projection.name }])
  const handler = async (_claim: Claim, context: { readonly signal: AbortSignal }) => {
    try {
      return await follow(options, AbortSignal.any([signal, context.signal]))
    } catch (error) {
      if (error instanceof UnknownEventError || error instanceof TerminalError) failed.abort(error)
      throw error
    }
  }
  await runWork({ log, role, owner, leaseMs, concurrency: 1, handler, signal, onError, maxAttempts: Infinity })
  if (failed.signal.aborted) throw failed.signal.reason
}

async function follow<Body extends Json>(options: RunProjectionOptions<Body>, signal: AbortSignal): Promise<never> {
  const { log, projection, poke, onError = () => {}, onTurn = () => {}, sweepMs = 1_000 } = options
  const ended = new AbortController()
  const hint = pokeSignal(poke, AbortSignal.any([signal, ended.signal]), onError)
  const cache = emptyCache<Body>()
  let live = false
  try {
    for (;;) {
      await catchUp(log, projection, cache, signal)
      if (!live) {
        live = await makeLive(log, projection)
        if (live) await dropOldGenerations(log, projection.name)
      }
      onTurn()
      await hint.wait(sweepMs)
      signal.throwIfAborted()
    }
  } finally {
    ended.abort()
  }
}
