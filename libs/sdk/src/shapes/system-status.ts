export type SystemStatus = {
  readonly version: string
  /** Whether auto-sync is started. */
  readonly auto_sync: boolean
  readonly parts: readonly PartStatus[]
  /** The newest position of the log. */
  readonly position: number
  /** Name of the token that asks. */
  readonly actor: string
}

/** One part that Plimsoll stands on: `postgres`, `jetstream`, `projection`, or `cluster/<id>`. */
export type PartStatus = { readonly name: string; readonly ok: boolean; readonly message: string }
