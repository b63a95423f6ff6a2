import type { HttpClient } from 'isomorphic-git'
import { PackError } from './pack-entry.ts'
import type { PackSink } from './pack-sink.ts'

/** The server gave up in the middle, and said why. */
export class RemoteFailureError extends Error {
  override readonly name = 'RemoteFailureError'
}

/**
 * Leads the pack of a fetch into the sink and leaves isomorphic-git the lines of the protocol: it would hold the whole
 * pack in memory, twice, and trust it.
 */
export function divertPack(http: HttpClient, sink: PackSink, fail: (error: unknown) => Error): HttpClient {
  return {
    request: async (asked) => {
      const response = await http.request(asked)
      if (asked.method !== 'POST' || response.body === undefined) return response
      return { ...response, body: withoutPack(response.body, sink, fail) }
    },
  }
}

async function* withoutPack(
  body: AsyncIterable<Uint8Array>,
  sink: PackSink,
  fail: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  let pending = Buffer.alloc(0)
  try {
    for await (const chunk of body) {
      pending = Buffer.concat([pending, chunk])
      for (let line = takeLine(pending); line !== undefined; line = takeLine(pending)) {
        pending = pending.subarray(line.length)
        if (await isForUs(line, sink)) continue
        yield line
      }
    }
    if (pending.length > 0) throw new PackError('the answer is cut off')
  } catch (error) {
    throw fail(error)
  }
}

/** One pkt-line with its length, or undefined when it has not arrived whole. */
function takeLine(pending: Buffer): Buffer | undefined {
  if (pending.length < 4) return undefined
  const text = pending.toString('latin1', 0, 4)
  if (!/^[0-9a-f]{4}$/i.test(text)) throw new PackError('the answer is not made of pkt-lines')
  const length = Math.max(4, Number.parseInt(text, 16))
  return pending.length < length ? undefined : pending.subarray(0, length)
}

/** Bands of the side-band protocol: 1 is the pack, 2 progress, 3 the last words. */
async function isForUs(line: Buffer, sink: PackSink): Promise<boolean> {
  const band = line[4]
  if (band === 1) await sink.write(line.subarray(5))
  if (band === 3) throw new RemoteFailureError(line.toString('utf8', 5))
  if (line.toString('latin1', 4, 8) === 'ERR ') throw new RemoteFailureError(line.toString('utf8', 8))
  return band === 1 || band === 2
}
