/** Wakes one loop. Rings that come while nobody waits count as one. */
export type Bell = {
  readonly ring: () => void
  /** Returns at a ring (at once if it rang since the last wait), after `ms` milliseconds, or when the signal aborts. */
  readonly wait: (ms: number) => Promise<void>
}

export function openBell(signal: AbortSignal): Bell {
  let rung = false
  let wake = (): void => {}
  const ring = (): void => {
    rung = true
    wake()
  }
  signal.addEventListener('abort', ring, { once: true })
  return {
    ring,
    wait: async (ms) => {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, ms)
        wake = resolve
        await promise
        clearTimeout(timer)
      }
      rung = false
    },
  }
}
