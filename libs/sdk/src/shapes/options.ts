/** What every call takes. */
export type CallOptions = {
  /** Ends the call; what was asked for may go on. The call throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Until when an answer is of use, in milliseconds, with all further tries. */
  readonly timeoutMs?: number | undefined
}

/** What every command takes. */
export type CommandOptions = CallOptions & WhyOptions

export type WhyOptions = {
  /** Kept in the log. */
  readonly reason?: string | undefined
  /** The same command sent twice is carried out once. Default: a new id for each call. */
  readonly command_id?: string | undefined
}

/**
 * A moment of the past: a Date, a position in the log, or a text: `2h` (that long ago), `2026-11-23T07:00Z`, `@4711` (a
 * position), `now`.
 */
export type When = Date | number | string

/** One point of a workflow: a revision (branch, tag, ref, commit), or a moment; as a text that begins with `@`. */
export type Point = Date | number | string

/** A moment as the log has it. */
export type Moment = {
  /** As it was given. */
  readonly point: string
  /** The last position of the log that counts, 0 for none. */
  readonly position: number
  /** When the log had that position, RFC 3339. */
  readonly time?: string
}
