/** Bodies by digest, those used last, up to a size. */
export type BodyCache = {
  readonly get: (digest: string) => unknown
  /** `size`: characters of the body's text. */
  readonly set: (digest: string, body: unknown, size: number) => void
}

// A body takes about four bytes of memory per character of its text: this bounds the cache to some 100 MB.
const defaultCharacters = 24_000_000

export function openBodyCache(maxCharacters = defaultCharacters): BodyCache {
  const bodies = new Map<string, { readonly body: unknown; readonly size: number }>()
  let total = 0
  const drop = (digest: string): void => {
    total -= bodies.get(digest)?.size ?? 0
    bodies.delete(digest)
  }
  return {
    get: (digest) => {
      const known = bodies.get(digest)
      if (known === undefined) return undefined
      bodies.delete(digest)
      bodies.set(digest, known)
      return known.body
    },
    set: (digest, body, size) => {
      drop(digest)
      if (size > maxCharacters) return
      bodies.set(digest, { body, size })
      total += size
      for (const oldest of bodies.keys()) {
        if (total <= maxCharacters) break
        drop(oldest)
      }
    },
  }
}
