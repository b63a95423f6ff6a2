import { createHash, randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { indexPack } from './index-pack.ts'
import { PackError } from './pack-entry.ts'
import { writePackIndex } from './write-pack-index.ts'

export const incomingPrefix = 'incoming-'

/** Takes one pack as it arrives, and puts it among the others once it has proven whole. */
export type PackSink = AsyncDisposable & {
  write(chunk: Uint8Array): Promise<void>
  /** Checks, indexes and keeps what was written, if it was anything. Throws PackError. */
  finish(signal: AbortSignal): Promise<void>
}

/** Thrown as soon as a pack states how many objects it holds. */
export class TooManyObjectsError extends Error {
  override readonly name = 'TooManyObjectsError'
}

export async function openPackSink(folder: string, maxObjects: number): Promise<PackSink> {
  const incoming = join(folder, `${incomingPrefix}${randomUUID()}`)
  const handle = await open(incoming, 'wx', 0o600)
  const digest = createHash('sha1')
  let head = Buffer.alloc(0)
  // The last 20 bytes are the digest of all before them, and nobody knows yet which they are.
  let tail = Buffer.alloc(0)

  const checkHead = (chunk: Uint8Array): void => {
    if (head.length >= 12) return
    head = Buffer.concat([head, chunk.subarray(0, 12 - head.length)])
    if (head.length < 12) return
    if (head.toString('latin1', 0, 4) !== 'PACK' || head.readUInt32BE(4) !== 2) throw new PackError('this is no pack')
    if (head.readUInt32BE(8) > maxObjects) throw new TooManyObjectsError(`it holds more than ${maxObjects} objects`)
  }

  const finish = async (signal: AbortSignal): Promise<void> => {
    await handle.close()
    if (head.length === 0 || (head.length === 12 && head.readUInt32BE(8) === 0)) return
    if (head.length < 12 || !digest.digest().equals(tail))
      throw new PackError('a pack was changed or cut off on its way')
    const entries = await indexPack(incoming, signal)
    const pack = join(folder, `pack-${tail.toString('hex')}`)
    await rename(incoming, `${pack}.pack`)
    // Last, and in one step: a pack without an index does not count.
    await writePackIndex(`${incoming}.idx`, entries, tail)
    await rename(`${incoming}.idx`, `${pack}.idx`)
  }

  return {
    finish,
    write: async (chunk) => {
      checkHead(chunk)
      const bytes = Buffer.concat([tail, chunk])
      const settled = Math.max(0, bytes.length - 20)
      digest.update(bytes.subarray(0, settled))
      tail = Buffer.from(bytes.subarray(settled))
      await handle.write(chunk)
    },
    [Symbol.asyncDispose]: async () => {
      await handle.close()
      await rm(incoming, { force: true })
      await rm(`${incoming}.idx`, { force: true })
    },
  }
}
