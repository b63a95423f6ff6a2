import { inflateSync } from 'node:zlib'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'
export type GitObject = { readonly type: ObjectType; readonly body: Buffer }

/** One entry of a pack as it is stored: an object, or a delta against another. `length` is in bytes of the pack. */
export type StoredEntry =
  | { readonly kind: 'object'; readonly type: ObjectType; readonly body: Buffer; readonly length: number }
  | { readonly kind: 'delta'; readonly base: number | Buffer; readonly body: Buffer; readonly length: number }

/** A pack is damaged, or holds what Git does not make. */
export class PackError extends Error {
  override readonly name = 'PackError'
}

/** One object is larger than Plimsoll reads. */
export class ObjectTooLargeError extends Error {
  override readonly name = 'ObjectTooLargeError'
}

const types: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' }
export const maxObjectBytes = 256 * 1024 * 1024

export type EntryHeader = {
  /** 1 to 4 for objects, 6 and 7 for deltas. */
  readonly code: number
  /** Of what follows, inflated. */
  readonly size: number
  readonly length: number
}

export function parseEntryHeader(bytes: Buffer): EntryHeader {
  let byte = bytes[0] ?? 0
  let length = 1
  const code = (byte >> 4) & 7
  let size = byte & 0x0f
  for (let shift = 4; byte & 0x80; shift += 7) {
    byte = bytes[length++] ?? 0
    size += (byte & 0x7f) * 2 ** shift
    if (shift > 46) throw new PackError('a size is beyond all bounds')
  }
  if (size > maxObjectBytes) throw new ObjectTooLargeError(`an object is larger than ${maxObjectBytes} bytes`)
  return { code, size, length }
}

/** Reads the entry that `bytes` begins with; it lies at `offset` of its pack. Throws PackError, ObjectTooLargeError. */
export function readEntry(bytes: Buffer, offset: number): StoredEntry {
  const { code, size, length } = parseEntryHeader(bytes)
  const type = types[code]
  if (type !== undefined) {
    const { body, taken } = inflate(bytes.subarray(length), size)
    return { kind: 'object', type, body, length: length + taken }
  }
  if (code !== 6 && code !== 7) throw new PackError(`a pack holds an entry of the unknown type ${code}`)
  const base =
    code === 7 ? { value: bytes.subarray(length, length + 20), length: 20 } : parseBase(bytes, length, offset)
  const { body, taken } = inflate(bytes.subarray(length + base.length), size)
  return { kind: 'delta', base: base.value, body, length: length + base.length + taken }
}

/** How far before itself an entry's base lies, as Git writes it. */
function parseBase(bytes: Buffer, start: number, offset: number): { value: number; length: number } {
  let byte = bytes[start] ?? 0
  let distance = byte & 0x7f
  let length = 1
  while (byte & 0x80) {
    byte = bytes[start + length++] ?? 0
    distance = (distance + 1) * 128 + (byte & 0x7f)
    if (distance > offset) break
  }
  if (distance === 0 || distance > offset) throw new PackError('a delta names a base outside its pack')
  return { value: offset - distance, length }
}

function inflate(compressed: Buffer, size: number): { body: Buffer; taken: number } {
  try {
    const options = { chunkSize: Math.max(size + 1, 64), maxOutputLength: Math.max(size, 1), info: true }
    // With `info` the result is an object; the types do not say so.
    const { buffer, engine } = inflateSync(compressed, options) as unknown as Inflated
    if (buffer.length !== size) throw new PackError('an object misses its size')
    return { body: buffer, taken: engine.bytesWritten }
  } catch (error) {
    if (error instanceof PackError) throw error
    throw new PackError('an object cannot be inflated', { cause: error })
  }
}

type Inflated = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
