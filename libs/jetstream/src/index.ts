export { fromMessage, toMessage } from './cloud-event.ts'
export { consume, type ConsumeOptions, type ReceivedMessage } from './consume.ts'
export { ensureEventStream, lastSequence, type EventStream, type EventStreamOptions } from './ensure-event-stream.ts'
export {
  JetStreamUnreachableError,
  MalformedMessageError,
  PublishError,
  StreamAheadError,
  StreamMissingError,
} from './errors.ts'
export { openJetStream, type ConnectionStatus, type JetStream, type JetStreamOptions } from './jet-stream.ts'
export type { Message, StreamEvent } from './message.ts'
export { onLive, showLive } from './live.ts'
export { onPoke, poke } from './poke.ts'
export { publishAt, type PublishResult } from './publish-at.ts'
export { allEvents, eventSubject, filterSubject, type EventFilter, type PokeTopic } from './subject.ts'
