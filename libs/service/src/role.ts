import type { Claim, Finish } from '@plimsoll/event-log'

/** `held` gives the claim as it was renewed last; `signal` aborts when it is lost. */
export type WorkContext = { readonly signal: AbortSignal; readonly held: () => Claim }

/** One kind of work: who claims a stream in this role does it alone, until its lease ends. */
export type Role = {
  readonly role: string
  /** Where services share a role: this one does only the work that another has handed to it by this name. */
  readonly taker?: string | undefined
  /** How many streams one process works on at a time. */
  readonly concurrency: number | (() => number)
  readonly leaseMs: number
  readonly handle: (claim: Claim, context: WorkContext) => Promise<Finish>
}
