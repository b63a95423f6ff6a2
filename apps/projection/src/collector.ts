import { collectBlobs, type EventLog } from '@plimsoll/event-log'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './health.ts'

export type CollectorParts = Pick<Part, 'report'> & {
  readonly log: EventLog
  readonly leads: () => boolean
  readonly signal: AbortSignal
  /** Default ten minutes. */
  readonly everyMs?: number
}

/** What is stored is referred to within moments, or its writer died. */
const unreferencedMs = 3_600_000

/** Deletes bodies that were stored for an event which never came: those of plans given up and of writers that crashed. */
export async function runCollector({ log, leads, signal, report, everyMs = 600_000 }: CollectorParts): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => {})
    if (signal.aborted || !leads()) continue
    try {
      while ((await collectBlobs(log, unreferencedMs)) > 0);
      report(null)
    } catch (error) {
      report(error)
    }
  }
}
