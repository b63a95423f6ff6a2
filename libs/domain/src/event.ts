import type { JsonObject } from './json/json.ts'

/** The literal-tagged shape of every event. */
export type DomainEvent = { readonly type: string; readonly data: JsonObject }

/** What the log stores of an event's content. */
export type EncodedEvent = {
  readonly type: string
  readonly schemaVersion: number
  readonly data: JsonObject
  readonly blobs?: readonly string[]
}

/** The log holds an event that this version does not know: a newer replica wrote it. Whoever folds must stop, never skip. */
export class UnknownEventError extends Error {
  override name = 'UnknownEventError'
  constructor(type: string, schemaVersion: number) {
    super(
      `the log holds ${type} in schema version ${schemaVersion}, which this version of Plimsoll does not know: update it`,
    )
  }
}
