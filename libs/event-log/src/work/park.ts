import { LeaseLostError } from '../errors.ts'
import type { Session } from '../event-log.ts'
import { storableString } from '../json.ts'
import type { Claim } from './claim.ts'

/** Ends a claim by setting its work aside, with the reason, until someone unparks it. */
export async function park(log: Session, claim: Claim, reason: string): Promise<void> {
  const { numUpdatedRows } = await log.db
    .updateTable('work')
    .set({
      parked: storableString(reason),
      error: storableString(reason),
      lease_until: null,
      claimed_at: null,
      next_at: null,
    })
    .where('role', '=', claim.role)
    .where('stream', '=', claim.stream)
    .where('epoch', '=', claim.epoch)
    .where('lease_until', 'is not', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new LeaseLostError(claim)
}

/** Makes parked work due again, its attempts counted anew. Returns whether it was parked. */
export async function unpark(log: Session, role: string, stream: string): Promise<boolean> {
  const { numUpdatedRows } = await log.db
    .updateTable('work')
    .set({ parked: null, error: null, attempts: 0, crashes: 0, next_at: new Date(0) })
    .where('role', '=', role)
    .where('stream', '=', stream)
    .where('parked', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
