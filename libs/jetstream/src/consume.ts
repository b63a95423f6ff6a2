import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type ConsumerInfo,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import { StreamMissingError } from './errors.ts'
import type { JetStream } from './jet-stream.ts'
import type { Message } from './message.ts'
import { allEvents, filterSubject, type EventFilter } from './subject.ts'

export type ReceivedMessage = Message & {
  /** 1 for the first delivery. */
  readonly deliveries: number
}

export type ConsumeOptions = {
  /** Name of the durable consumer; all replicas of a service share it. */
  readonly durable: string
  /** What to see; default everything. */
  readonly filter?: readonly EventFilter[]
  /** Gets messages in order of arrival. They are acknowledged after it returned, and come again some time after it threw. */
  readonly handle: (messages: readonly ReceivedMessage[]) => Promise<void>
  readonly signal: AbortSignal
  /** How long to wait for more after the first message of a batch. Default 0: what came while the last batch was handled is the next. */
  readonly batchMs?: number
  /** Default 500. */
  readonly batchSize?: number
  /** Where a consumer that has to be made starts. Default `last`: one message as a hint, then what is new. */
  readonly start?: 'all' | 'last'
  readonly onError?: (error: unknown) => void
}

const consumerNotFound = 10014

/** Consumes until the signal aborts. A consumer or stream that vanished is waited for and made again. */
export async function consume(js: JetStream, options: ConsumeOptions): Promise<void> {
  const { signal, onError = () => {} } = options
  let pause = 100
  while (!signal.aborted) {
    try {
      await consumeOnce(js, options, () => (pause = 100))
    } catch (error) {
      if (signal.aborted) return
      onError(error)
      await sleep(pause, undefined, { signal }).catch(() => {})
      pause = Math.min(pause * 2, 2_000)
    }
  }
}

async function consumeOnce(js: JetStream, options: ConsumeOptions, onProgress: () => void): Promise<void> {
  const { signal, batchSize = 500, batchMs = 0 } = options
  const info = await ask(js, () => ensureConsumer(js, options))
  const consumer = js.manager.jetstream().consumers.getConsumerFromInfo(info)
  const waiting: JsMsg[] = []
  let wake = (): void => {}
  let ended: { readonly error: unknown } | undefined
  const messages: ConsumerMessages = await consumer.consume({
    max_messages: batchSize,
    expires: 20_000,
    idle_heartbeat: 2_000,
    abort_on_missing_resource: true,
    callback: (message) => {
      waiting.push(message)
      wake()
    },
  })
  void messages.closed().then((error) => {
    ended = { error }
    wake()
  })
  const abort = (): void => wake()
  signal.addEventListener('abort', abort)
  try {
    while (!signal.aborted && (ended === undefined || waiting.length > 0)) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        if (batchMs > 0 && waiting.length > 0) await sleep(batchMs)
        continue
      }
      await handleBatch(waiting.splice(0, batchSize), options)
      onProgress()
    }
  } finally {
    signal.removeEventListener('abort', abort)
    await messages.close()
  }
  if (ended?.error instanceof Error) throw ended.error
}

async function handleBatch(batch: readonly JsMsg[], { handle, onError = () => {} }: ConsumeOptions): Promise<void> {
  try {
    await handle(batch.map(received))
  } catch (error) {
    onError(error)
    for (const message of batch) message.nak(Math.min(1_000 * 2 ** (message.info.deliveryCount - 1), 30_000))
    return
  }
  for (const message of batch) message.ack()
}

function received(message: JsMsg): ReceivedMessage {
  const headers: Record<string, string> = {}
  for (const [name, values] of message.headers ?? []) headers[name] = values[0] ?? ''
  return {
    position: message.seq,
    subject: message.subject,
    headers,
    data: message.data,
    deliveries: message.info.deliveryCount,
  }
}

async function ensureConsumer(js: JetStream, options: ConsumeOptions): Promise<ConsumerInfo> {
  const stream = await currentStream(js)
  const subjects = (options.filter ?? []).map((filter) => filterSubject(js, filter))
  const filter_subjects = subjects.length === 0 ? [allEvents(js)] : subjects
  const { consumers } = js.manager
  try {
    const info = await consumers.info(stream, options.durable)
    const { config } = info
    const current = config.filter_subjects ?? (config.filter_subject === undefined ? [] : [config.filter_subject])
    if (current.length === filter_subjects.length && filter_subjects.every((subject) => current.includes(subject)))
      return info
    return await consumers.update(stream, options.durable, { filter_subjects })
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === consumerNotFound)) throw error
  }
  return consumers.add(stream, {
    durable_name: options.durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(30_000),
    max_ack_pending: 1_000,
    // What cannot be handled is parked in Postgres; the stream delivers for ever.
    max_deliver: -1,
    deliver_policy: options.start === 'all' ? DeliverPolicy.All : DeliverPolicy.Last,
    filter_subjects,
  })
}

/** Asked by subject, as the name of the stream changes with the epoch of the log. */
async function currentStream(js: JetStream): Promise<string> {
  const names = await js.manager.streams.names(allEvents(js)).next()
  const [name] = names
  if (name === undefined)
    throw new StreamMissingError(`no stream takes ${allEvents(js)} yet: the projection service makes it`)
  return name
}
