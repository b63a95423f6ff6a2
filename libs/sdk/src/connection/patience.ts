import type { PlimsollError, ServerAwayError } from '../errors.ts'

/** How long a server that is away is tried again, with pauses from 250 ms up to 5 s. */
export type Patience = {
  /** While it has not been reached, or says itself that it cannot answer yet, in milliseconds. Default 10,000. */
  readonly startMs?: number | undefined
  /** When the connection broke while a call was under way, in milliseconds. Default 60,000. Watches go on for ever. */
  readonly lostMs?: number | undefined
  /**
   * A watch that hears nothing for so long is opened anew, in milliseconds. The server says something every 5 s.
   * Default 20,000.
   */
  readonly silenceMs?: number | undefined
}

/** Told before each further try. */
export type OnRetry = (retry: { readonly error: PlimsollError; readonly pauseMs: number }) => void

export type FullPatience = { readonly startMs: number; readonly lostMs: number; readonly silenceMs: number }

export function fullPatience({ startMs = 10_000, lostMs = 60_000, silenceMs = 20_000 }: Patience = {}): FullPatience {
  return { startMs, lostMs, silenceMs }
}

/** Whether it is worth another try: which patience counts is decided by what has happened so far. */
export function triesOf({ startMs, lostMs }: Pick<FullPatience, 'startMs' | 'lostMs'>) {
  let since: number | undefined
  let wasLost = false
  return {
    isWorth(error: ServerAwayError, pauseMs: number): boolean {
      const now = performance.now()
      since ??= now
      wasLost ||= error.lost
      return now + pauseMs - since <= (wasLost ? lostMs : startMs)
    },
  }
}
