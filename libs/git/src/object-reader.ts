import { applyDelta } from './apply-delta.ts'
import { type GitObject, maxObjectBytes, PackError, type StoredEntry } from './pack-entry.ts'

const maxCachedBytes = 32 * 1024 * 1024
const maxChain = 10_000

/** Where an object reader finds what it needs. */
export type EntrySource = {
  readonly entryAt: (offset: number) => StoredEntry
  /** The offset of an object by its id, or undefined when the pack lacks it. */
  readonly find: (oid: Buffer) => number | undefined
}

/** Reads objects of one pack, with the bases of recent deltas at hand. */
export type ObjectReader = {
  /** The object at `offset`; `entry` if it has been read already. Throws PackError. */
  readonly read: (offset: number, entry?: StoredEntry) => GitObject
  /** Keeps an object as a likely base. */
  readonly keep: (offset: number, object: GitObject) => void
}

export function createObjectReader({ entryAt, find }: EntrySource): ObjectReader {
  const kept = new Map<number, GitObject>()
  let keptBytes = 0

  const keep = (offset: number, object: GitObject): void => {
    if (kept.has(offset) || object.body.length > maxCachedBytes / 4) return
    kept.set(offset, object)
    keptBytes += object.body.length
    for (const [oldest, { body }] of kept) {
      if (keptBytes <= maxCachedBytes) break
      kept.delete(oldest)
      keptBytes -= body.length
    }
  }

  const baseOf = (base: number | Buffer): number => {
    const offset = typeof base === 'number' ? base : find(base)
    if (offset === undefined) throw new PackError('a pack holds a delta without its base')
    return offset
  }

  const read = (offset: number, first?: StoredEntry): GitObject => {
    const chain: { readonly offset: number; readonly delta: Buffer }[] = []
    let at = offset
    let object = kept.get(at)
    while (object === undefined) {
      if (chain.length > maxChain) throw new PackError('a chain of deltas is too long')
      const entry = at === offset && first !== undefined ? first : entryAt(at)
      if (entry.kind === 'object') object = entry
      else {
        chain.push({ offset: at, delta: entry.body })
        at = baseOf(entry.base)
        object = kept.get(at)
      }
    }
    if (chain.length > 0) keep(at, object)
    for (const step of chain.toReversed()) {
      object = { type: object.type, body: applyDelta(step.delta, object.body, maxObjectBytes) }
      keep(step.offset, object)
    }
    return object
  }

  return { read, keep }
}
