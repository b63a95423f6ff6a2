import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { createObjectReader } from './object-reader.ts'
import { type GitObject, PackError, readEntry, type StoredEntry } from './pack-entry.ts'
import { type PackIndex, readPackIndex } from './pack-index.ts'

export type PackFile = {
  readonly index: PackIndex
  /** The object that begins at `offset`, deltas resolved. Throws PackError when the pack is damaged. */
  read(offset: number): GitObject
  close(): void
}

/**
 * Opens a pack beside its index. isomorphic-git needs 0.9 ms for each blob; reading one range of the file and inflating
 * it natively takes a few hundredths of that.
 */
export function openPackFile(packPath: string): PackFile {
  const descriptor = openSync(packPath, 'r')
  const index = readPackIndex(packPath.replace(/\.pack$/, '.idx'), fstatSync(descriptor).size)
  const entryAt = (offset: number): StoredEntry =>
    readEntry(readRange(descriptor, offset, index.end(offset) - offset), offset)
  const { read } = createObjectReader({ entryAt, find: index.find })
  return { index, read, close: () => closeSync(descriptor) }
}

export function readRange(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  if (readSync(descriptor, bytes, 0, length, offset) !== length) throw new PackError('a pack is cut off')
  return bytes
}
