import { ServerAwayError } from '../errors.ts'
import type { TransportSettings } from './patient-transport.ts'
import { triesOf } from './patience.ts'
import { pause, pauses } from './pause.ts'

/** Opens a stream where the items so far have led. */
export type OpenStream<T> = (options: { readonly signal: AbortSignal }) => AsyncIterable<T>

/**
 * Items of a stream that is opened again, for ever, after the server was away. A server that cannot be reached at the start
 * is an error once the patience is at its end. Whoever stops reading closes the stream.
 * @throws PlimsollError; the reason of the signal when that is aborted
 */
export async function* follow<T>(
  { patience, onRetry, closed }: TransportSettings,
  open: OpenStream<T>,
  given?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const signal = given ? AbortSignal.any([given, closed]) : closed
  // A stream that never began has lost nothing.
  const tries = triesOf({ startMs: patience.startMs, lostMs: patience.startMs })
  let begun = false
  let waits = pauses()
  for (;;) {
    signal.throwIfAborted()
    using silence = silenceOf(signal, patience.silenceMs)
    try {
      for await (const item of open({ signal: silence.signal })) {
        silence.over()
        begun = true
        waits = pauses()
        yield item
        silence.begins()
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      const away = silence.isTooLong() ? silent(patience.silenceMs) : error
      const pauseMs = waits.next().value
      const isWorth = away instanceof ServerAwayError && (begun || tries.isWorth(away, pauseMs))
      if (!isWorth) throw away
      onRetry({ error: away, pauseMs })
      await pause(pauseMs, signal)
    }
  }
}

function silent(ms: number): ServerAwayError {
  const fault = {
    what: 'The server has fallen silent',
    where: '',
    because: `nothing came for ${ms / 1_000} s`,
    try: 'It is asked again.',
  }
  return new ServerAwayError([fault], { answered: false, lost: true })
}

/** A signal that ends one try of a stream: with the whole, at the end of its scope, or after too long a silence. */
function silenceOf(whole: AbortSignal, ms: number) {
  const own = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let tooLong = false
  const over = () => clearTimeout(timer)
  const begins = () => {
    timer = setTimeout(() => {
      tooLong = true
      own.abort()
    }, ms)
  }
  begins()
  return {
    signal: AbortSignal.any([whole, own.signal]),
    begins,
    over,
    isTooLong: () => tooLong,
    [Symbol.dispose]() {
      over()
      own.abort()
    },
  }
}
