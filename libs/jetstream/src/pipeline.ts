import { JetStreamApiCodes } from '@nats-io/jetstream'
import { createInbox, headers as natsHeaders, type Msg, type MsgHdrs } from '@nats-io/transport-node'
import { PublishError, StreamMissingError } from './errors.ts'
import type { JetStream } from './jet-stream.ts'
import type { Message } from './message.ts'

/** Publishes that are on their way, their answers counted on one inbox: a promise and a timer for each would be most of the cost. */
export type Pipeline = Disposable & {
  readonly send: (message: Message) => void
  /** Waits until at most `most` answers are out. */
  readonly settle: (most: number) => Promise<void>
  readonly inFlight: () => number
  readonly lastSequence: () => number | undefined
  readonly refused: () => boolean
}

type Answer = { readonly seq?: number; readonly error?: { readonly err_code: number; readonly description: string } }

export function openPipeline(js: JetStream, timeoutMs: number): Pipeline {
  let inFlight = 0
  let lastSequence: number | undefined
  let refused = false
  let failure: Error | undefined
  let waiting:
    { readonly most: number; readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  const fail = (error: Error): void => {
    failure ??= error
    waiting?.reject(failure)
  }
  const watchdog = setTimeout(() => {
    if (inFlight > 0) fail(new PublishError(`publish failed: no answer within ${timeoutMs} ms`))
  }, timeoutMs)
  if (!js.isConnected()) fail(new PublishError('publish failed: NATS is away'))
  const inbox = createInbox()
  const subscription = js.connection.subscribe(`${inbox}.*`, {
    callback: (error, answer) => {
      inFlight -= 1
      watchdog.refresh()
      const outcome =
        error === null
          ? readAnswer(answer, inbox)
          : new PublishError(`publish failed: ${error.message}`, { cause: error })
      if (outcome instanceof Error) return fail(outcome)
      if (outcome === 'refused') refused = true
      else lastSequence = Math.max(lastSequence ?? 0, outcome)
      if (waiting !== undefined && inFlight <= waiting.most) waiting.resolve()
    },
  })
  const offConnection = js.onConnection((connected) => {
    if (!connected) fail(new PublishError('publish failed: the connection was lost'))
  })

  return {
    send: ({ subject, data, headers, position }) => {
      if (inFlight === 0) watchdog.refresh()
      inFlight += 1
      js.connection.publish(subject, data, { reply: `${inbox}.${position}`, headers: headersOf(headers, position) })
    },
    settle: async (most) => {
      if (failure !== undefined) throw failure
      if (inFlight <= most) return
      await new Promise<void>((resolve, reject) => {
        waiting = { most, resolve, reject }
      })
      waiting = undefined
    },
    inFlight: () => inFlight,
    lastSequence: () => lastSequence,
    refused: () => refused,
    [Symbol.dispose]: () => {
      clearTimeout(watchdog)
      offConnection()
      subscription.unsubscribe()
    },
  }
}

// Returns errors, as one thrown in a callback of the client library would end the reading of its connection.
function readAnswer(answer: Msg, inbox: string): number | 'refused' | Error {
  if (answer.data.length === 0 && answer.headers?.code === 503) {
    return new StreamMissingError('no stream takes the events: it was deleted, or the server has no JetStream')
  }
  const { seq, error } = parse(answer)
  if (error?.err_code === JetStreamApiCodes.StreamWrongLastSequence) return 'refused'
  if (error !== undefined) return new PublishError(`publish refused: ${error.description} (${error.err_code})`)
  // A message that another relay published just before is answered as a duplicate, with the sequence that it has.
  const position = Number(answer.subject.slice(inbox.length + 1))
  return seq === position
    ? seq
    : new PublishError(`the event at position ${position} is at sequence ${seq} of the stream`)
}

function parse(answer: Msg): Answer {
  try {
    return answer.json<Answer>()
  } catch {
    return {}
  }
}

function headersOf(headers: Message['headers'], position: number): MsgHdrs {
  const result = natsHeaders()
  for (const [name, value] of Object.entries(headers)) result.append(name, value)
  result.append('Nats-Expected-Last-Sequence', String(position - 1))
  return result
}
