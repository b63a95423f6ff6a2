import { LeaseLostError } from '@plimsoll/event-log'
import type { Claim } from '@plimsoll/event-log'

/** How long one write may take; its time-out. */
export const writeTimeoutMs = 10_000

/**
 * Refuses to begin a write that could still run when the lease ends: by then another replica may hold the claim.
 * (What a process that was stopped sends in spite of it, the API server refuses by its preconditions.)
 */
export function checkLease(held: () => Claim): void {
  const claim = held()
  if (claim.leaseUntil.getTime() - Date.now() < writeTimeoutMs) throw new LeaseLostError(claim)
}

/** So long before the end of a lease a command is killed: its successor may begin right then. */
const commandMarginMs = 3_000

/** Until when a command may run, as of now. */
export function commandsUntil(held: () => Claim): Date {
  return new Date(held().leaseUntil.getTime() - commandMarginMs)
}
