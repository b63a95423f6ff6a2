/** Watches loops by their beat: a loop that has nothing to do still beats, one that hangs does not. */
export type Heartbeats = {
  /** Returns the beat of a loop that turns at least every `maxAgeMs`. */
  readonly track: (name: string, maxAgeMs: number) => () => void
  /** A `Check` for `serveProbes`: the loops that have not beaten in time. */
  readonly stale: () => readonly string[]
}

export function openHeartbeats(): Heartbeats {
  const loops = new Map<string, { readonly maxAgeMs: number; beatAt: number }>()
  return {
    track: (name, maxAgeMs) => {
      const loop = { maxAgeMs, beatAt: performance.now() }
      loops.set(name, loop)
      return () => {
        loop.beatAt = performance.now()
      }
    },
    stale: () => {
      const now = performance.now()
      return [...loops]
        .filter(([, { maxAgeMs, beatAt }]) => now - beatAt > maxAgeMs)
        .map(([name, { beatAt }]) => `${name} has not turned for ${Math.round((now - beatAt) / 1_000)} s`)
    },
  }
}
