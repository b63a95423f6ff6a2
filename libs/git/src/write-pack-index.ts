import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { IndexEntry } from './index-pack.ts'

/** Writes a pack's `.idx` file, version 2, so that isomorphic-git and Git can read it too. */
export async function writePackIndex(file: string, entries: readonly IndexEntry[], packDigest: Buffer): Promise<void> {
  const sorted = entries.toSorted((a, b) => (a.oid < b.oid ? -1 : a.oid > b.oid ? 1 : 0))
  const fanout = Buffer.alloc(256 * 4)
  const names = Buffer.alloc(sorted.length * 20)
  const crcs = Buffer.alloc(sorted.length * 4)
  const offsets = Buffer.alloc(sorted.length * 4)
  const large: number[] = []
  const counts = Array.from({ length: 256 }, () => 0)
  sorted.forEach(({ oid, offset, crc }, i) => {
    const first = names.write(oid, i * 20, 'hex') > 0 ? (names[i * 20] ?? 0) : 0
    counts[first] = (counts[first] ?? 0) + 1
    crcs.writeUInt32BE(crc, i * 4)
    offsets.writeUInt32BE(offset < 0x80000000 ? offset : 0x80000000 + large.push(offset) - 1, i * 4)
  })
  let total = 0
  counts.forEach((count, i) => fanout.writeUInt32BE((total += count), i * 4))
  const largeOffsets = Buffer.alloc(large.length * 8)
  large.forEach((offset, i) => largeOffsets.writeBigUInt64BE(BigInt(offset), i * 8))
  const body = Buffer.concat([
    Buffer.from('ff744f6300000002', 'hex'),
    fanout,
    names,
    crcs,
    offsets,
    largeOffsets,
    packDigest,
  ])
  await using handle = await open(file, 'w', 0o600)
  await handle.writeFile(Buffer.concat([body, createHash('sha1').update(body).digest()]))
}
