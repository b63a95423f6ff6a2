/** A gate that the server closes: after a 429 no request of this cluster starts before its Retry-After has passed. */
export type Throttle = {
  /** Milliseconds until the gate opens; 0 when it is open. */
  readonly remainingMs: () => number
  readonly closeFor: (ms: number) => void
}

export function openThrottle(): Throttle {
  let opensAt = 0
  return {
    remainingMs: () => Math.max(0, opensAt - performance.now()),
    closeFor: (ms) => {
      opensAt = Math.max(opensAt, performance.now() + ms)
    },
  }
}
