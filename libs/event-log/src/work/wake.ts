import { sql } from 'kysely'
import type { Session } from '../event-log.ts'

/** Work to make due: because its stream reached a version, or without one, in any case. */
export type Wake = { readonly role: string; readonly stream: string; readonly version?: number | undefined }

/**
 * Makes work of a role due now: with a version only if that is news to the row, without one always. Work that is claimed
 * meanwhile becomes due when it is finished.
 */
export async function wake(log: Session, role: string, streams: readonly Omit<Wake, 'role'>[]): Promise<void> {
  await wakeAll(
    log,
    streams.map((stream) => ({ role, ...stream })),
  )
}

export async function wakeAll(log: Session, wakes: readonly Wake[]): Promise<void> {
  if (wakes.length === 0) return
  await sql`select wake_work(${JSON.stringify(wakes)})`.execute(log.db)
  for (const role of new Set(wakes.map((woken) => woken.role))) log.hints?.onWake?.(role)
}
