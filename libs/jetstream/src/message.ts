/** One message of the event stream, before or after the wire. Header names are as written by `toMessage`. */
export type Message = {
  /** Position in the log, and sequence in the stream. */
  readonly position: number
  readonly subject: string
  readonly headers: Readonly<Record<string, string>>
  readonly data: Uint8Array
}

/** An event with its place in the log: what goes onto the stream and comes back from it. */
export type StreamEvent = {
  readonly position: number
  /** Position of the previous event of the same stream; 0 for its first. A consumer that saw another one has a gap. */
  readonly previousInStream: number
  readonly eventId: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: unknown
  readonly commandId: string
  readonly causationId: string | null
  readonly correlationId: string
  readonly actor: string
  readonly reason: string | null
  readonly traceparent: string | null
  readonly recordedAt: Date
}
