import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

/** The raw body; undefined when it is larger than `limit` bytes or was cut off. Nothing is decompressed. */
export async function readBody(
  request: IncomingMessage | Http2ServerRequest,
  limit: number,
): Promise<Buffer | undefined> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limit) return undefined
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) return undefined
      chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}
