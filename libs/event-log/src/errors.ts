/** Another writer was first: the stream is not at the expected version. Read again and decide again. */
export class ConcurrencyError extends Error {
  override readonly name = 'ConcurrencyError'
  readonly stream: string
  readonly expectedVersion: number | undefined
  readonly actualVersion: number

  constructor(stream: string, expectedVersion: number | undefined, actualVersion: number) {
    super(`stream ${stream} is at version ${actualVersion}, expected ${expectedVersion}`)
    this.stream = stream
    this.expectedVersion = expectedVersion
    this.actualVersion = actualVersion
  }
}

/** An event's data exceeds 64 KiB: put the large part into a blob and refer to it by digest. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError'
}

/** A command id came a second time with other events. A command id stands for one decision about one stream. */
export class CommandReusedError extends Error {
  override readonly name = 'CommandReusedError'

  constructor(stream: string, commandId: string) {
    super(`command ${commandId} is recorded in stream ${stream} already, with other events`)
  }
}

/** An event refers to a blob that is not stored (any more). */
export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError'
}

/** A stored body does not have the digest it is stored under, or cannot be unsealed with this key. */
export class BlobCorruptError extends Error {
  override readonly name = 'BlobCorruptError'
}

/** The claim is another owner's by now, or would be before its work could end: that must stop, and nothing of it was recorded. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'

  constructor(claim: { readonly role: string; readonly stream: string; readonly epoch: number }) {
    super(`the claim on ${claim.role} of ${claim.stream} (epoch ${claim.epoch}) was lost`)
  }
}

/** Trying again cannot help: the work is parked at once. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/** A fold met an event type that this version of the program does not know; a newer one has written it. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError'
}

/** The database was migrated by a newer Plimsoll than this one. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError'
}
