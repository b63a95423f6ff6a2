import { ConcurrencyError, LeaseLostError, TerminalError } from '../errors.ts'
import type { EventLog } from '../event-log.ts'
import { type Claim, claim, release, renew } from './claim.ts'
import { type Finish, finish } from './finish.ts'
import { park } from './park.ts'
import { dueInMs } from './work-of.ts'
import { type Poke, pokeSignal } from './poke.ts'

export type RunWorkOptions = {
  readonly log: EventLog
  readonly role: string
  /** Does only work that was handed to it by this name; without one, only what was handed to nobody. */
  readonly taker?: string | undefined
  /** Unique per process. */
  readonly owner: string
  readonly leaseMs: number
  /** How many it does at a time; a function is asked each time, and may answer another number. */
  readonly concurrency: number | (() => number)
  /** Does the work and says what to record. `signal` is aborted when the lease is lost or the loop ends; then the claim is given back. */
  readonly handler: (
    claim: Claim,
    context: { readonly signal: AbortSignal; readonly held: () => Claim },
  ) => Promise<Finish>
  /** Ends the loop: running handlers are aborted and waited for. */
  readonly signal: AbortSignal
  /** Hints that work became due; without any, it is found within `sweepMs`. */
  readonly poke?: Poke | undefined
  readonly onError?: ((error: unknown, claim?: Claim) => void) | undefined
  /** So many times in a row without an answer (it threw, or its owner vanished), and work is parked. Default 10. */
  readonly maxAttempts?: number | undefined
  /** Default 5,000. */
  readonly sweepMs?: number | undefined
}

const MAX_TIMER_MS = 2 ** 31 - 1
const askAgainMs = 500
/** Long enough that a handler that always conflicts does not spin. */
const CONFLICT_MS = 50

/** Claims and does due work of a role until `signal` ends it. Does not throw: errors go to `onError`, and the work is tried again. */
export async function runWork(options: RunWorkOptions): Promise<void> {
  const { log, role, taker, owner, leaseMs, signal, onError = () => {}, sweepMs = 5_000 } = options
  const running = new Set<Promise<void>>()
  const hint = pokeSignal(options.poke, signal, onError)
  while (!signal.aborted) {
    let waitMs = sweepMs
    try {
      const concurrency = typeof options.concurrency === 'number' ? options.concurrency : options.concurrency()
      const free = concurrency - running.size
      const claims = free > 0 ? await claim(log, { role, taker, owner, leaseMs, limit: free }) : []
      for (const claimed of claims) start(running, hint.raise, handle(options, claimed))
      if (claims.length === free && free > 0) continue
      if (running.size < concurrency) waitMs = Math.min(sweepMs, (await dueInMs(log, role, taker)) ?? sweepMs)
      else if (typeof options.concurrency === 'function') waitMs = Math.min(sweepMs, askAgainMs)
    } catch (error) {
      onError(error)
      waitMs = 1_000
    }
    await hint.wait(Math.min(Math.max(waitMs, 1), MAX_TIMER_MS))
  }
  await Promise.all(running)
}

function start(running: Set<Promise<void>>, ended: () => void, work: Promise<void>): void {
  const tracked = work.finally(() => {
    running.delete(tracked)
    ended()
  })
  running.add(tracked)
}

async function handle(options: RunWorkOptions, claimed: Claim): Promise<void> {
  const { log, handler, signal, maxAttempts = 10, onError = () => {} } = options
  const lease = holdLease(options, claimed)
  try {
    if (claimed.crashes >= maxAttempts)
      return await park(log, claimed, `gave no answer ${claimed.crashes} times in a row`)
    const outcome = await handler(claimed, { signal: lease.signal, held: lease.held })
    lease.end()
    await finish(log, lease.held(), outcome)
  } catch (error) {
    lease.end()
    if (!(signal.aborted && isAbort(error, signal)) && !(error instanceof ConcurrencyError)) onError(error, claimed)
    if (lease.signal.reason instanceof LeaseLostError) return
    await giveBack(options, lease.held(), error).catch((failure: unknown) => onError(failure, claimed))
  } finally {
    lease.end()
  }
}

async function giveBack({ log, signal, maxAttempts = 10 }: RunWorkOptions, held: Claim, error: unknown): Promise<void> {
  if (signal.aborted && isAbort(error, signal)) return release(log, held)
  // It stopped, or was ended, as its lease would not have lasted: that is no failure, and whoever comes next goes on.
  if (error instanceof LeaseLostError) return release(log, held)
  const text = error instanceof Error ? error.message : String(error)
  // Someone else appended meanwhile: what was decided is decided again, on what the stream holds now.
  if (error instanceof ConcurrencyError)
    return void (await finish(log, held, { done: held.done, retryInMs: CONFLICT_MS }))
  if (error instanceof TerminalError) return park(log, held, text)
  if (held.crashes + 1 >= maxAttempts) return park(log, held, `failed ${held.crashes + 1} times in a row: ${text}`)
  await finish(log, held, { done: held.done, error: text, crashed: true })
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    error === signal.reason ||
    (error instanceof Error && error.name === 'AbortError') ||
    error instanceof LeaseLostError
  )
}

type Lease = { readonly signal: AbortSignal; readonly held: () => Claim; readonly end: () => void }

/** Renews a claim until told to end; when that fails until the lease is over, or another has it, its signal is aborted. */
function holdLease({ log, leaseMs, signal }: RunWorkOptions, claimed: Claim): Lease {
  const lost = new AbortController()
  let held = claimed
  let ended = false
  let timer = setTimeout(renewNow, leaseMs / 3)
  let deadline = setTimeout(lose, leaseMs)
  function lose(): void {
    if (!ended) lost.abort(new LeaseLostError(held))
  }
  function renewNow(): void {
    renew(log, held, leaseMs).then(
      (renewed) => {
        held = renewed
        clearTimeout(deadline)
        if (ended) return
        deadline = setTimeout(lose, Math.max(0, held.leaseUntil.getTime() - Date.now()))
        timer = setTimeout(renewNow, leaseMs / 3)
      },
      (error: unknown) => {
        if (error instanceof LeaseLostError) lose()
        else if (!ended) timer = setTimeout(renewNow, leaseMs / 10)
      },
    )
  }
  const end = () => {
    ended = true
    clearTimeout(timer)
    clearTimeout(deadline)
  }
  return { signal: AbortSignal.any([signal, lost.signal]), held: () => held, end }
}
