import { setTimeout as sleep } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import type { Io } from './io.ts'

const longestMs = 5_000

/**
 * Items of a stream that goes on after the server was away. `open` begins where the items so far have led.
 * A server that cannot be reached at the start is an error.
 */
export async function* resuming<T>(io: Pick<Io, 'err'>, open: () => AsyncIterable<T>): AsyncIterable<T> {
  let begun = false
  for (let pause = 250; ; pause = Math.min(pause * 2, longestMs)) {
    try {
      for await (const item of open()) {
        begun = true
        pause = 250
        yield item
      }
      return
    } catch (error) {
      if (!begun || !(error instanceof ConnectError) || !isAway(error)) throw error
      io.err('The server is away, trying again …\n')
      await sleep(pause)
    }
  }
}

function isAway({ code }: ConnectError): boolean {
  return code === Code.Unavailable || code === Code.Aborted || code === Code.Canceled
}
