import { runProjection, TerminalError, UnknownEventError, type EventLog, type Projection } from '@plimsoll/event-log'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './health.ts'
import type { StatusBody } from './status-model.ts'

export type FoldsParts = Pick<Part, 'report'> & {
  readonly log: EventLog
  readonly model: Projection<StatusBody>
  readonly replica: string
  /** Hands over what to call when positions were given; returns how to end that. */
  readonly onSequenced: (listener: () => void) => () => void
  readonly signal: AbortSignal
}

const retryMs = 1_000
/** After a crash the read model stands still for at most this long, until another replica may take it up. */
const leaseMs = 5_000

/**
 * Keeps the read model up to the log. After an event that this version does not know the claim is given back for a newer replica,
 * and this one stays unready until it is replaced: to skip the event would show something that never was.
 */
export async function runFolds({ log, model, replica, onSequenced, report, signal }: FoldsParts): Promise<void> {
  while (!signal.aborted) {
    try {
      await runProjection({
        log,
        projection: model,
        owner: replica,
        leaseMs,
        poke: onSequenced,
        onError: report,
        onTurn: () => report(null),
        signal,
      })
    } catch (error) {
      if (signal.aborted) return
      report(error)
      if (error instanceof UnknownEventError || error instanceof TerminalError) return
      await sleep(retryMs, undefined, { signal }).catch(() => {})
    }
  }
}
