const firstPauseMs = 2_000
const longestPauseMs = 300_000
const leastCalmMs = 600_000

/** How long a heal waits that follows on so many heals of the same object, or on tries that failed: not at all after none. */
export function healPauseMs(heals: number): number {
  return heals <= 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(heals - 1, 30))
}

/** An object that was left alone for so long after its heals begins anew. */
export function healCalmMs(heals: number): number {
  return Math.max(leastCalmMs, 2 * healPauseMs(heals))
}

/** Heals of the same field, each soon after the last, from which on somebody is said to fight us. */
export const contestedFrom = 5

const firstLookMs = 2_000
const longestLookMs = 60_000

/** When to look at a heal again: once it is due, and after that, while something stands in its way, less and less often. Milliseconds since 1970. */
export function healLookAt(healAt: number, now: number): number {
  if (healAt > now) return healAt
  return now + Math.min(longestLookMs, Math.max(firstLookMs, now - healAt))
}
