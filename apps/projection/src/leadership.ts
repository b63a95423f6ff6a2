import type { EventLog } from '@plimsoll/event-log'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './health.ts'

export type LeadershipParts = Part & {
  readonly log: EventLog
  readonly signal: AbortSignal
  readonly onChange: (leads: boolean) => void
}

/** The key of the advisory lock; locks of one database do not meet those of another. */
const lockKey = 7_415_467_666
const turnMs = 1_000

/**
 * Holds an advisory lock, on a session of its own, for as long as it can be had, and tells when it is won or lost.
 * It only keeps replicas from doing the same work at once: one that wrongly believes to lead does no harm.
 */
export async function holdLeadership(parts: LeadershipParts): Promise<void> {
  const { signal, report } = parts
  while (!signal.aborted) {
    try {
      await leadOnce(parts)
      report(null)
    } catch (error) {
      if (signal.aborted) return
      report(error)
    }
    await sleep(turnMs, undefined, { signal }).catch(() => {})
  }
}

async function leadOnce({ log, signal, onChange, beat, report }: LeadershipParts): Promise<void> {
  await log.db.connection().execute(async (session) => {
    const lock = (verb: 'pg_try_advisory_lock' | 'pg_advisory_unlock') =>
      session.selectNoFrom((eb) => eb.fn<boolean>(verb, [eb.lit(lockKey)]).as('done')).executeTakeFirst()
    const won = await lock('pg_try_advisory_lock')
    beat()
    if (won?.done !== true) return
    report(null)
    onChange(true)
    try {
      while (!signal.aborted) {
        await sleep(turnMs, undefined, { signal }).catch(() => {})
        // A session that broke has lost the lock, and only a statement tells.
        await session.selectNoFrom((eb) => eb.lit(1).as('alive')).execute()
        beat()
      }
      await lock('pg_advisory_unlock')
    } finally {
      onChange(false)
    }
  })
}
