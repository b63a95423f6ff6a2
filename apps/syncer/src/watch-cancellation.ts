import { setTimeout as sleep } from 'node:timers/promises'
import { cancelledText, workflowDecider } from '@plimsoll/domain'
import type { OpenSync } from '@plimsoll/domain'
import { foldStream } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'

/** A person has told a sync that writes to stop. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
}

const everyMs = 500

/**
 * Aborts its signal, with a CancelledError as the reason, when somebody cancels the sync, at once if somebody has: whoever
 * wrote before may have been killed before it stopped. Looks until it is disposed.
 */
export function watchCancellation(
  log: EventLog,
  stream: string,
  sync: Pick<OpenSync, 'id' | 'cancelled'>,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const cancelled = new AbortController()
  const end = new AbortController()
  const stop = ({ by, reason }: NonNullable<OpenSync['cancelled']>) =>
    cancelled.abort(new CancelledError(cancelledText(by, reason)))
  if (sync.cancelled !== null) stop(sync.cancelled)
  const watching = watch(log, stream, sync.id, stop, end.signal)
  return {
    signal: cancelled.signal,
    async [Symbol.asyncDispose]() {
      end.abort()
      await watching
    },
  }
}

async function watch(
  log: EventLog,
  stream: string,
  syncId: string,
  stop: (cancelled: NonNullable<OpenSync['cancelled']>) => void,
  end: AbortSignal,
): Promise<void> {
  while (!end.aborted) {
    await sleep(everyMs, undefined, { signal: end }).catch(() => undefined)
    // A log that is away for a moment cancels nothing; the sync itself finds out.
    const folded = await foldStream(log, stream, workflowDecider).catch(() => undefined)
    const sync = folded?.state.sync
    if (sync?.id === syncId && sync.cancelled !== null) {
      stop(sync.cancelled)
      return
    }
  }
}
