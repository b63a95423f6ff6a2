import { hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { createObjectReader } from './object-reader.ts'
import {
  type GitObject,
  maxObjectBytes,
  PackError,
  parseEntryHeader,
  readEntry,
  type StoredEntry,
} from './pack-entry.ts'
import { readRange } from './pack-file.ts'

/** One line of an index. */
export type IndexEntry = { readonly oid: string; readonly offset: number; readonly crc: number }

const sliceMs = 5
const firstRead = 4096

/**
 * Names every object of a complete pack, deltas resolved. Lets other work run every few milliseconds. Throws PackError or
 * ObjectTooLargeError, and the signal's reason. isomorphic-git's own indexer inflates in JavaScript, whatever size an
 * object grows to, and passes over those that it cannot resolve.
 */
export async function indexPack(file: string, signal: AbortSignal): Promise<readonly IndexEntry[]> {
  const descriptor = openSync(file, 'r')
  try {
    return await nameObjects(descriptor, signal)
  } finally {
    closeSync(descriptor)
  }
}

async function nameObjects(descriptor: number, signal: AbortSignal): Promise<readonly IndexEntry[]> {
  const end = fstatSync(descriptor).size - 20
  const count = readRange(descriptor, 0, 12).readUInt32BE(8)
  const offsets = new Map<string, number>()
  const reader = createObjectReader({
    entryAt: (offset) => readEntryBefore(descriptor, offset, end),
    find: (oid) => offsets.get(oid.toString('hex')),
  })
  const entries: IndexEntry[] = []
  const waiting = new Map<number, Late>()
  const name = (offset: number, crc: number, object: GitObject): void => {
    const oid = oidOf(object)
    offsets.set(oid, offset)
    entries.push({ oid, offset, crc })
  }
  const breathe = takeTurns(signal)
  let offset = 12
  for (let i = 0; i < count; i++) {
    await breathe()
    const entry = readEntryBefore(descriptor, offset, end)
    const crc = crc32(readRange(descriptor, offset, entry.length))
    // A base that is named by its id may come later in the pack.
    if (entry.kind === 'delta' && !isReady(entry, offsets, waiting)) waiting.set(offset, { offset, crc })
    else {
      const object = reader.read(offset, entry)
      reader.keep(offset, object)
      name(offset, crc, object)
    }
    offset += entry.length
  }
  if (offset !== end) throw new PackError('a pack holds more than it states')
  await nameWaiting([...waiting.values()], breathe, (late) => name(late.offset, late.crc, reader.read(late.offset)))
  return entries
}

type Late = { readonly offset: number; readonly crc: number }

function isReady(
  { base }: Extract<StoredEntry, { kind: 'delta' }>,
  offsets: ReadonlyMap<string, number>,
  waiting: ReadonlyMap<number, Late>,
): boolean {
  if (typeof base !== 'number') return offsets.has(base.toString('hex'))
  return !waiting.has(base)
}

/** Each round names at least one, or the rest has no base in the pack. */
async function nameWaiting(
  all: readonly Late[],
  breathe: () => Promise<void>,
  name: (late: Late) => void,
): Promise<void> {
  for (let waiting = all; waiting.length > 0;) {
    const still: Late[] = []
    for (const late of waiting) {
      await breathe()
      try {
        name(late)
      } catch (error) {
        if (!(error instanceof PackError)) throw error
        still.push(late)
      }
    }
    if (still.length === waiting.length) throw new PackError('a pack holds a delta without its base')
    waiting = still
  }
}

function takeTurns(signal: AbortSignal): () => Promise<void> {
  let pause = performance.now() + sliceMs
  return async () => {
    if (performance.now() < pause) return
    await setImmediate()
    signal.throwIfAborted()
    pause = performance.now() + sliceMs
  }
}

function readEntryBefore(descriptor: number, offset: number, end: number): StoredEntry {
  if (offset >= end) throw new PackError('a pack is cut off')
  const head = readUpTo(descriptor, offset, Math.min(firstRead, end - offset))
  const { size } = parseEntryHeader(head)
  // Deflate adds a few bytes to each 16 KiB of what cannot be compressed.
  const bound = size + (size >>> 8) + 1024
  const bytes = bound <= head.length ? head : readUpTo(descriptor, offset, Math.min(bound, end - offset))
  const entry = readEntry(bytes, offset)
  if (entry.body.length > maxObjectBytes) throw new PackError('an object misses its size')
  return entry
}

function readUpTo(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset))
}

/** An object's id: the digest of its type, its size and its body. */
export function oidOf({ type, body }: { readonly type: string; readonly body: Uint8Array }): string {
  return hash('sha1', Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]))
}
