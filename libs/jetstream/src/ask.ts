import { JetStreamUnreachableError } from './errors.ts'
import type { JetStream } from './jet-stream.ts'

/**
 * A request that fails as soon as the connection does. The client library would let it wait for its time-out.
 * @throws JetStreamUnreachableError
 */
export async function ask<T>(js: JetStream, request: () => Promise<T>): Promise<T> {
  const lost = () => new JetStreamUnreachableError('NATS is away')
  if (!js.isConnected()) throw lost()
  const away = Promise.withResolvers<never>()
  const off = js.onConnection((connected) => {
    if (!connected) away.reject(lost())
  })
  try {
    return await Promise.race([request(), away.promise])
  } finally {
    off()
  }
}
