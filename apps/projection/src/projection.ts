import type { EventLog } from '@plimsoll/event-log'
import { onPoke, type JetStream } from '@plimsoll/jetstream'
import type { Check, Logger } from '@plimsoll/runtime'
import { openBell } from './bell.ts'
import { openHealth } from './health.ts'
import { holdLeadership } from './leadership.ts'
import { runRelay } from './relay.ts'
import { runSequencer } from './sequencer.ts'
import type { StreamLimits } from './stream-end.ts'

export type ProjectionDependencies = {
  /** With its tables in place. */
  readonly log: EventLog
  readonly js: JetStream
  readonly logger: Logger
  /** Limits of the event stream; without them seven days and no limit in bytes. */
  readonly stream?: StreamLimits
  /** How often the stream is checked for losses, in milliseconds. Default 5,000. */
  readonly checkMs?: number
}

export type Projection = AsyncDisposable & {
  readonly live: Check
  readonly ready: Check
  /** Whether this replica orders and relays; the others stand by. */
  readonly leads: () => boolean
}

/**
 * Starts what makes the log readable in order: the sequencer gives positions, the relay publishes to JetStream, the folds keep
 * the read models. Any number may run. Disposing stops the loops and waits for them.
 */
export function startProjection(dependencies: ProjectionDependencies): Promise<Projection> {
  const { log, js, logger, stream = {}, checkMs = 5_000 } = dependencies
  const controller = new AbortController()
  const { signal } = controller
  const health = openHealth(logger)
  const appended = openBell(signal)
  const sequenced = openBell(signal)
  let leading = false
  const leads = (): boolean => leading
  const loops = [
    holdLeadership({
      ...health.part('leadership', 30_000),
      log,
      signal,
      onChange: (now) => {
        leading = now
        logger.info(now ? 'orders and relays the log' : 'stands by')
        appended.ring()
        sequenced.ring()
      },
    }),
    runSequencer({
      ...health.part('sequencer', 30_000),
      log,
      signal,
      leads,
      bell: appended,
      poked: js.isConnected,
      onSequenced: sequenced.ring,
    }),
    runRelay({ ...health.part('relay', 30_000), log, js, signal, leads, bell: sequenced, limits: stream, checkMs }),
    forward(onPoke(js, 'log', signal), () => leading && appended.ring()),
  ]
  const off = js.onConnection(sequenced.ring)
  return Promise.resolve({
    live: health.live,
    ready: health.ready,
    leads,
    [Symbol.asyncDispose]: async () => {
      off()
      controller.abort()
      await Promise.all(loops)
    },
  })
}

async function forward(pokes: AsyncIterable<void>, onPoked: () => void): Promise<void> {
  for await (const _ of pokes) onPoked()
}
