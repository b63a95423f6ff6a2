import { setTimeout as delay } from 'node:timers/promises'
import type { Exit, Part } from './part.ts'

/** A part ended by itself, or could not be started again. */
export type Crash = {
  readonly name: string
  /** What ended it: how the process ended, or why it did not start. */
  readonly reason: Exit | Error
  /** How often in a row it has failed, from 1. */
  readonly attempt: number
  /** How long until it is started again, in milliseconds. */
  readonly restartInMs: number
}

export type SuperviseOptions = {
  readonly onCrash?: (crash: Crash) => void
  readonly onRestart?: (part: Part) => void
  /** First and longest pause before a restart, in milliseconds. */
  readonly backoffMs?: readonly [first: number, longest: number]
}

/** A part that is started again when it crashes. */
export type Supervised<P extends Part> = AsyncDisposable & {
  readonly name: string
  /** The part as it runs now; after a crash the last one, until the next has started. */
  current(): P
  stop(): Promise<void>
}

// A part that ran this long has recovered: the next crash counts as the first.
const calmMs = 60_000

/**
 * Starts a part and starts it again whenever it ends by itself, with growing pauses, until `stop`.
 * `start` is given the part that crashed, so that the next has the same port. The first start's error is the caller's.
 */
export async function supervise<P extends Part>(
  name: string,
  start: (previous?: P) => Promise<P>,
  { onCrash, onRestart, backoffMs: [first, longest] = [200, 30_000] }: SuperviseOptions = {},
): Promise<Supervised<P>> {
  const stopped = new AbortController()
  let part = await start()

  async function keep(): Promise<void> {
    for (let attempt = 1; ;) {
      const since = performance.now()
      let reason: Exit | Error = await part.exited
      if (performance.now() - since > calmMs) attempt = 1
      for (let running = false; !running; attempt++) {
        if (stopped.signal.aborted) return
        const restartInMs = Math.min(longest, first * 2 ** (attempt - 1))
        onCrash?.({ name, reason, attempt, restartInMs })
        await delay(restartInMs, undefined, { signal: stopped.signal }).catch(() => undefined)
        if (stopped.signal.aborted) return
        try {
          part = await start(part)
          running = true
          if (stopped.signal.aborted) return await part.stop()
        } catch (error) {
          reason = error instanceof Error ? error : new Error(String(error))
        }
      }
      onRestart?.(part)
    }
  }
  const kept = keep()

  let stopping: Promise<void> | undefined
  const stop = () =>
    (stopping ??= (async () => {
      stopped.abort()
      await part.stop()
      await kept
    })())
  return { name, current: () => part, stop, [Symbol.asyncDispose]: stop }
}
