import type { JetStream } from './jet-stream.ts'
import { liveSubject, type LiveTopic } from './subject.ts'

/** What is received while nobody takes it is bounded: the oldest goes. */
const waitingAtMost = 1_000

/** Shows a text to whoever looks now. It is kept nowhere, and goes nowhere while disconnected. */
export function showLive(js: JetStream, topic: LiveTopic, id: string, text: string): void {
  if (js.isConnected() && !js.connection.isClosed() && !js.connection.isDraining())
    js.connection.publish(liveSubject(js, topic, id), text)
}

/** What is shown from now on: the subscription is made at once, not with the first look. Ends when the signal aborts. */
export function onLive(js: JetStream, topic: LiveTopic, id: string, signal: AbortSignal): AsyncIterable<string> {
  const waiting: string[] = []
  let wake = (): void => {}
  const subscription = js.connection.subscribe(liveSubject(js, topic, id), {
    callback: (error, message) => {
      if (error !== null) return
      waiting.push(message.string())
      if (waiting.length > waitingAtMost) waiting.shift()
      wake()
    },
  })
  const abort = (): void => {
    subscription.unsubscribe()
    wake()
  }
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  void subscription.closed.then(() => wake())
  return (async function* () {
    try {
      for (;;) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else if (signal.aborted || subscription.isClosed()) return
        else {
          const { promise, resolve } = Promise.withResolvers<void>()
          wake = resolve
          await promise
        }
      }
    } finally {
      signal.removeEventListener('abort', abort)
      subscription.unsubscribe()
    }
  })()
}
