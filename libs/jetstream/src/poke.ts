import type { JetStream } from './jet-stream.ts'
import { pokeSubject, type PokeTopic } from './subject.ts'

/** Wakes whoever waits for the topic. Not durable, and nothing while disconnected: everyone who is poked also polls. */
export function poke(js: JetStream, topic: PokeTopic): void {
  if (js.isConnected() && !js.connection.isClosed() && !js.connection.isDraining()) {
    js.connection.publish(pokeSubject(js, topic))
  }
}

/** Yields after pokes of the topic; those that come while the caller is busy count as one. Ends when the signal aborts. */
export async function* onPoke(js: JetStream, topic: PokeTopic, signal: AbortSignal): AsyncIterable<void> {
  let poked = false
  let wake = (): void => {}
  const subscription = js.connection.subscribe(pokeSubject(js, topic), {
    callback: () => {
      poked = true
      wake()
    },
  })
  const abort = (): void => wake()
  signal.addEventListener('abort', abort)
  void subscription.closed.then(abort)
  try {
    while (!signal.aborted && !subscription.isClosed()) {
      if (!poked) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      if (poked && !signal.aborted) {
        poked = false
        yield
      }
    }
  } finally {
    signal.removeEventListener('abort', abort)
    subscription.unsubscribe()
  }
}
