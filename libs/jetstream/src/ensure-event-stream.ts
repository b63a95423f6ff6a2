import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, type StreamInfo } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { ask } from './ask.ts'
import { StreamAheadError } from './errors.ts'
import type { JetStream } from './jet-stream.ts'
import { allEvents, streamName, streamNamePrefix } from './subject.ts'

export type EventStreamOptions = {
  readonly epoch: number
  /** Sequence of the first message, when the stream has to be made. Default 1. */
  readonly firstSequence?: number
  /** Default seven days. */
  readonly maxAgeMs?: number
  /** Default no limit. The server reserves this much storage. */
  readonly maxBytes?: number
  /** Default 1. */
  readonly replicas?: number
}

export type EventStream = {
  readonly name: string
  readonly firstSequence: number
  /** `firstSequence - 1` while the stream is empty. */
  readonly lastSequence: number
  readonly created: boolean
}

const alreadyExists = 10058
const subjectsOverlap = 10065
const streamNotFound = 10059

/**
 * Makes the stream of this epoch if it is not there, with its limits as asked, and says where it ends.
 * The stream of an earlier epoch is deleted: it is a cache of a log that no longer is the truth.
 * @throws StreamAheadError when the stream of a later epoch exists.
 */
export async function ensureEventStream(js: JetStream, options: EventStreamOptions): Promise<EventStream> {
  const found = await eventStream(js, options.epoch)
  if (found !== null) {
    await adjustLimits(js, found, options)
    return describe(found, false)
  }
  try {
    return describe(await addStream(js, options), true)
  } catch (error) {
    if (hasCode(error, alreadyExists)) return ensureEventStream(js, options)
    if (!hasCode(error, subjectsOverlap)) throw error
    await deleteEarlierEpochs(js, options.epoch)
    return describe(await addStream(js, options), true)
  }
}

/** The last sequence of this epoch's stream, or null when there is no such stream. */
export async function lastSequence(js: JetStream, epoch: number): Promise<number | null> {
  return (await eventStream(js, epoch))?.state.last_seq ?? null
}

async function eventStream(js: JetStream, epoch: number): Promise<StreamInfo | null> {
  try {
    return await ask(js, () => js.manager.streams.info(streamName(js, epoch)))
  } catch (error) {
    if (hasCode(error, streamNotFound)) return null
    throw error
  }
}

function addStream(js: JetStream, options: EventStreamOptions): Promise<StreamInfo> {
  return ask(js, () => js.manager.streams.add(configOf(js, options)))
}

function configOf(js: JetStream, options: EventStreamOptions) {
  return {
    name: streamName(js, options.epoch),
    subjects: [allEvents(js)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: options.replicas ?? 1,
    first_seq: options.firstSequence ?? 1,
    // A hole could not be filled again with the same sequence numbers.
    deny_delete: true,
    deny_purge: true,
    ...limits(options),
  }
}

function limits({ maxAgeMs = 7 * 86_400_000, maxBytes = -1 }: EventStreamOptions) {
  return { max_age: nanos(maxAgeMs), max_bytes: maxBytes, duplicate_window: nanos(Math.min(maxAgeMs, 120_000)) }
}

async function adjustLimits(js: JetStream, { config }: StreamInfo, options: EventStreamOptions): Promise<void> {
  const wanted = limits(options)
  if (config.max_age === wanted.max_age && config.max_bytes === wanted.max_bytes) return
  await ask(js, () => js.manager.streams.update(config.name, { ...config, ...wanted }))
}

async function deleteEarlierEpochs(js: JetStream, epoch: number): Promise<void> {
  const prefix = streamNamePrefix(js)
  for await (const { config } of js.manager.streams.list(allEvents(js))) {
    const other = Number(config.name.startsWith(prefix) ? config.name.slice(prefix.length) : Number.NaN)
    if (!Number.isInteger(other)) {
      throw new StreamAheadError(
        `stream ${config.name} takes the subjects ${allEvents(js)}: delete it, or choose another prefix`,
      )
    }
    if (other > epoch) {
      throw new StreamAheadError(`stream ${config.name} is of a later epoch than the log, which is at epoch ${epoch}`)
    }
    await js.manager.streams.delete(config.name)
  }
}

function describe({ config, state }: StreamInfo, created: boolean): EventStream {
  return { name: config.name, firstSequence: state.first_seq, lastSequence: state.last_seq, created }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}
