import type { PositionedEvent } from '../event.ts'
import type { Json } from '../json.ts'

/**
 * A read model: rows by key, folded from the log. Pure, as it is folded again whenever its code changes. An event type that
 * it does not know must throw UnknownEventError, never be skipped.
 */
export type Projection<Body extends Json = Json> = {
  readonly name: string
  /** Changes with the code that folds; another hash is another generation, built beside the live one. */
  readonly codeHash: string
  /** Keys of the rows that an event changes. */
  readonly keysOf: (event: PositionedEvent) => readonly string[]
  /** The row's next body; undefined removes the row. */
  readonly evolve: (body: Body | undefined, event: PositionedEvent, key: string) => Body | undefined
}

export type ProjectionRow<Body extends Json = Json> = {
  readonly key: string
  readonly body: Body
  /** Version, in its own stream, of the event that changed the row last. */
  readonly version: number
  /** Position of that event. */
  readonly position: number
}
