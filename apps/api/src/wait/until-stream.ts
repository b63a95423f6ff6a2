import { readStream, type StoredEvent } from '@plimsoll/event-log'
import type { Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { backOff } from './back-off.ts'

/**
 * Waits for an event of a stream after a version that `find` makes something of, and returns that.
 * undefined when there is none after `timeoutMs`. @throws the reason of the call's signal
 */
export async function untilStream<T>(
  { log, changes }: Pick<Dependencies, 'log' | 'changes'>,
  { signal }: Pick<Call, 'signal'>,
  wait: {
    readonly stream: string
    readonly afterVersion: number
    readonly timeoutMs: number
    readonly find: (event: StoredEvent) => T | undefined
  },
): Promise<T | undefined> {
  using listener = changes.listen(wait.stream)
  const deadline = performance.now() + wait.timeoutMs
  let afterVersion = wait.afterVersion
  for (const ms of backOff(20, 1_000)) {
    const events = await readStream(log, wait.stream, { afterVersion })
    for (const event of events) {
      const found = wait.find(event)
      if (found !== undefined) return found
      afterVersion = event.version
    }
    const left = deadline - performance.now()
    if (left <= 0) return undefined
    await listener.next(Math.min(ms, left), signal)
  }
}
