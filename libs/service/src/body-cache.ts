/** Bodies by digest, those used last, up to a size; what nobody asks for is let go after a while. */
export type BodyCache = {
  readonly get: (digest: string) => unknown
  /** `size`: characters of the body's text. */
  readonly set: (digest: string, body: unknown, size: number) => void
  /** How many bodies are kept. */
  readonly size: () => number
}

export type BodyCacheOptions = {
  readonly maxCharacters?: number
  /** How long a body is kept that nobody asks for, in milliseconds. */
  readonly idleMs?: number
}

// A body takes about four bytes of memory per character of its text: this bounds the cache to some 100 MB.
const defaultCharacters = 24_000_000
const defaultIdleMs = 120_000

type Kept = { readonly body: unknown; readonly size: number; usedAt: number }

export function openBodyCache({
  maxCharacters = defaultCharacters,
  idleMs = defaultIdleMs,
}: BodyCacheOptions = {}): BodyCache {
  const bodies = new Map<string, Kept>()
  let total = 0
  let sweeping: NodeJS.Timeout | undefined
  const drop = (digest: string): void => {
    total -= bodies.get(digest)?.size ?? 0
    bodies.delete(digest)
  }
  const sweep = (): void => {
    const tooOld = performance.now() - idleMs
    // Those used longest ago come first.
    for (const [digest, { usedAt }] of bodies) {
      if (usedAt > tooOld) break
      drop(digest)
    }
    sweeping = bodies.size === 0 ? undefined : setTimeout(sweep, idleMs / 4).unref()
  }
  return {
    get: (digest) => {
      const known = bodies.get(digest)
      if (known === undefined) return undefined
      bodies.delete(digest)
      bodies.set(digest, known)
      known.usedAt = performance.now()
      return known.body
    },
    set: (digest, body, size) => {
      drop(digest)
      if (size > maxCharacters) return
      bodies.set(digest, { body, size, usedAt: performance.now() })
      total += size
      for (const oldest of bodies.keys()) {
        if (total <= maxCharacters) break
        drop(oldest)
      }
      sweeping ??= setTimeout(sweep, idleMs / 4).unref()
    },
    size: () => bodies.size,
  }
}
