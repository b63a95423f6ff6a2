import type { JetStream } from './jet-stream.ts'
import type { Message } from './message.ts'
import { openPipeline } from './pipeline.ts'

export type PublishResult = {
  /** The newest sequence that the server confirmed; the position before the first message when there is none. */
  readonly lastSequence: number
  /** The server refused a message, because the stream did not end just before it. Ask the stream where it ends, then go on. */
  readonly refused: boolean
}

/**
 * Publishes messages of consecutive positions so that sequence and position are equal, `window` of them in flight.
 * The server takes each only behind its predecessor, so a second relay or a resend changes nothing.
 * After the first refusal nothing more is sent and what is in flight settles: some of it may have been stored in between.
 * @throws StreamMissingError, or PublishError when an answer stays out for `timeoutMs` or the connection is lost.
 */
export async function publishAt(
  js: JetStream,
  messages: readonly Message[],
  { window = 256, timeoutMs = 5_000 }: { readonly window?: number; readonly timeoutMs?: number } = {},
): Promise<PublishResult> {
  using pipeline = openPipeline(js, timeoutMs)
  for (const message of messages) {
    // Half a window at once: to wake for each answer would cost more than the answers.
    if (pipeline.inFlight() >= window) await pipeline.settle(window / 2)
    if (pipeline.refused()) break
    pipeline.send(message)
  }
  await pipeline.settle(0)
  return { lastSequence: pipeline.lastSequence() ?? (messages[0]?.position ?? 1) - 1, refused: pipeline.refused() }
}
