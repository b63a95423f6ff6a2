const longestBackOffMs = 300_000

/** Spreads polls of many repositories over time: within a tenth of the interval, never later than it says. */
export function jittered(intervalMs: number): number {
  return intervalMs * (0.9 + Math.random() * 0.1)
}

/** Doubles with each failure, from a second on, to the poll interval at least and five minutes at most. */
export function backOff(intervalMs: number, attempts: number): number {
  return jittered(Math.min(1_000 * 2 ** Math.min(attempts, 20), Math.max(intervalMs, 30_000), longestBackOffMs))
}
