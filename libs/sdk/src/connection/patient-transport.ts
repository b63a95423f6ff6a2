import { clone, create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import { ServerAwayError } from '../errors.ts'
import { commandId } from './command-id.ts'
import { errorOf } from './error-of.ts'
import { triesOf, type FullPatience, type OnRetry } from './patience.ts'
import { pause, pauses } from './pause.ts'

export type TransportSettings = {
  readonly url: string
  readonly patience: FullPatience
  readonly onRetry: OnRetry
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal
}

/**
 * The same transport with the SDK's errors, whose calls are sent again while the server is away. Each command has an id, so
 * that one that did arrive is not carried out twice: it is joined. Streams are not opened again; that is what `follow` does.
 */
export function patientTransport(transport: Transport, settings: TransportSettings): Transport {
  const { url, closed } = settings
  const signalOf = (signal: AbortSignal | undefined) => (signal ? AbortSignal.any([signal, closed]) : closed)
  const failure = (error: unknown, signal: AbortSignal) => {
    signal.throwIfAborted()
    return errorOf(error, url)
  }
  return {
    unary(method, given, timeoutMs, header, input, values) {
      const message = withCommandId(method.input, input)
      const signal = signalOf(given)
      return again(settings, signal, timeoutMs, async (leftMs) => {
        try {
          return await transport.unary(method, signal, leftMs, header, message as typeof input, values)
        } catch (error) {
          throw failure(error, signal)
        }
      })
    },
    async stream(method, given, timeoutMs, header, input, values) {
      const signal = signalOf(given)
      try {
        const answer = await transport.stream(method, signal, timeoutMs, header, input, values)
        return { ...answer, message: told(answer.message, (error) => failure(error, signal)) }
      } catch (error) {
        throw failure(error, signal)
      }
    },
  }
}

async function again<Answer>(
  { patience, onRetry }: TransportSettings,
  signal: AbortSignal,
  timeoutMs: number | undefined,
  call: (leftMs: number | undefined) => Promise<Answer>,
): Promise<Answer> {
  const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
  const tries = triesOf(patience)
  signal.throwIfAborted()
  for (const pauseMs of pauses()) {
    const leftMs = deadline - performance.now()
    try {
      return await call(timeoutMs === undefined ? undefined : Math.max(1, Math.ceil(leftMs)))
    } catch (error) {
      if (!(error instanceof ServerAwayError) || !tries.isWorth(error, pauseMs)) throw error
      if (performance.now() + pauseMs >= deadline) throw error
      onRetry({ error, pauseMs })
      await pause(pauseMs, signal)
    }
  }
  throw new Error('pauses do not end')
}

async function* told<T>(items: AsyncIterable<T>, failure: (error: unknown) => Error): AsyncIterable<T> {
  try {
    yield* items
  } catch (error) {
    throw failure(error)
  }
}

/** A message with its own command id, if it may have one and the caller gave none. */
function withCommandId<Desc extends DescMessage>(desc: Desc, input: MessageInitShape<Desc>): MessageShape<Desc> {
  const message = create(desc, input)
  if (desc.field['commandId'] === undefined) return message
  if ((message as { commandId?: string }).commandId !== undefined) return message
  return Object.assign(clone(desc, message), { commandId: commandId() })
}
