/** How a process ended: one of the two is null. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A running server of ours. Disposing stops it. */
export type Part = AsyncDisposable & {
  readonly name: string
  readonly pid: number
  /** Resolves when the process has ended, whoever ended it. Never rejects. */
  readonly exited: Promise<Exit>
  /** Ends the process (kindly first, then by SIGKILL) and resolves when it is gone. May be called again. */
  stop(): Promise<void>
}
