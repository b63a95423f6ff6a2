import { readFileSync } from 'node:fs'
import { PackError } from './pack-entry.ts'

/** Where the objects of one pack begin: the `.idx` file, version 2. */
export type PackIndex = {
  readonly count: number
  /** The offset of an object in the pack, or undefined when the pack lacks it. */
  readonly find: (oid: Buffer) => number | undefined
  /** The offset at which the object that begins at `offset` ends. */
  end(offset: number): number
}

const header = 8
const fanout = 256 * 4

/** Reads an index. `packSize` is the size of its pack in bytes. Throws PackError when it is not an index of version 2. */
export function readPackIndex(file: string, packSize: number): PackIndex {
  const bytes = readFileSync(file)
  if (bytes.length < header + fanout + 40 || bytes.readUInt32BE(0) !== 0xff744f63 || bytes.readUInt32BE(4) !== 2)
    throw new PackError(`${file} is no pack index of version 2`)
  const count = bytes.readUInt32BE(header + fanout - 4)
  const names = header + fanout
  const offsets = names + count * 24
  const large = offsets + count * 4

  const offsetAt = (position: number): number => {
    const value = bytes.readUInt32BE(offsets + position * 4)
    return value < 0x80000000 ? value : Number(bytes.readBigUInt64BE(large + (value - 0x80000000) * 8))
  }
  const starts = Float64Array.from({ length: count }, (_, position) => offsetAt(position)).sort()

  return {
    count,
    find: (oid) => {
      const first = oid[0] ?? 0
      let low = first === 0 ? 0 : bytes.readUInt32BE(header + (first - 1) * 4)
      let high = bytes.readUInt32BE(header + first * 4)
      while (low < high) {
        const middle = (low + high) >>> 1
        const order = bytes.compare(oid, 0, 20, names + middle * 20, names + middle * 20 + 20)
        if (order === 0) return offsetAt(middle)
        if (order < 0) low = middle + 1
        else high = middle
      }
      return undefined
    },
    end: (offset) => {
      let low = 0
      let high = count
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((starts[middle] ?? Infinity) <= offset) low = middle + 1
        else high = middle
      }
      return starts[low] ?? packSize - 20
    },
  }
}
