/** The server could not be reached within the time given, or it refused the credentials. The message never holds a password. */
export class JetStreamUnreachableError extends Error {
  override name = 'JetStreamUnreachableError'
}

/** The stream is not there (never made, deleted, or lost with the server's storage). Make it again and go on. */
export class StreamMissingError extends Error {
  override name = 'StreamMissingError'
}

/** The stream holds more than the log, or belongs to another epoch of it. Nothing may be published until a person has decided. */
export class StreamAheadError extends Error {
  override name = 'StreamAheadError'
}

/** A publish was not acknowledged. It may or may not be stored: the stream's last sequence says which. */
export class PublishError extends Error {
  override name = 'PublishError'
}

/** A message that does not follow the CloudEvents binding that `toMessage` writes. */
export class MalformedMessageError extends Error {
  override name = 'MalformedMessageError'
}
