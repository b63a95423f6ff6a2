import { ObjectTooLargeError, PackError } from './pack-entry.ts'

/**
 * Builds an object from its base and a delta (`git help gitformat-pack`: copy and insert instructions).
 * Throws PackError when the delta reaches outside its base or misses the size that it states, and ObjectTooLargeError.
 */
export function applyDelta(delta: Buffer, base: Buffer, maxBytes: number): Buffer {
  let position = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = delta[position++]
      if (byte === undefined || shift > 49) throw new PackError('a delta is cut off')
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  if (varint() !== base.length) throw new PackError('a delta does not fit its base')
  const size = varint()
  if (size > maxBytes) throw new ObjectTooLargeError(`an object is larger than ${maxBytes} bytes`)
  const result = Buffer.allocUnsafe(size)
  let written = 0
  while (position < delta.length) {
    const instruction = delta[position++] ?? 0
    if (instruction === 0) throw new PackError('a delta holds an instruction that Git reserves')
    const copies = (instruction & 0x80) !== 0
    let from = 0
    let length = instruction
    if (copies) {
      length = 0
      for (let i = 0; i < 4; i++) if (instruction & (1 << i)) from += (delta[position++] ?? 0) * 2 ** (8 * i)
      for (let i = 0; i < 3; i++) if (instruction & (0x10 << i)) length += (delta[position++] ?? 0) << (8 * i)
      if (length === 0) length = 0x10000
    }
    const source = copies ? base : delta
    const start = copies ? from : position
    if (start + length > source.length || written + length > size)
      throw new PackError('a delta reaches outside its object')
    source.copy(result, written, start, start + length)
    written += length
    if (!copies) position += length
  }
  if (written !== size) throw new PackError('a delta is cut off')
  return result
}
