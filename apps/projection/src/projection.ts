import { onPoke, poke } from '@plimsoll/jetstream'
import { openBell, type Check } from '@plimsoll/runtime'
import type { RetentionPolicy } from '@plimsoll/domain'
import type { ServiceContext } from '@plimsoll/service'
import { codeHash } from './code-hash.ts'
import { runCollector } from './collector.ts'
import { runFolds } from './folds.ts'
import { openHealth } from './health.ts'
import { holdLeadership } from './leadership.ts'
import { runRelay } from './relay.ts'
import { runRetention } from './retention.ts'
import { runSequencer } from './sequencer.ts'
import { statusModel } from './status-model.ts'
import type { StreamLimits } from './stream-end.ts'

export { statusModel }

export type ProjectionOptions = {
  /** Limits of the event stream; without them seven days and no limit in bytes. */
  readonly stream?: StreamLimits
  /** What is kept of the past; without it everything. */
  readonly retention?: RetentionPolicy | undefined
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
 * the read model. Any number may run. Disposing stops the loops and waits for them.
 */
export async function startProjection(
  { log, js, logger, replica }: Pick<ServiceContext, 'log' | 'js' | 'logger' | 'replica'>,
  { stream = {}, retention, checkMs = 5_000 }: ProjectionOptions = {},
): Promise<Projection> {
  const model = statusModel(await codeHash())
  const controller = new AbortController()
  const { signal } = controller
  const health = openHealth(logger)
  const appended = openBell(signal)
  const relayed = openBell(signal)
  const folded = new Set<() => void>()
  let leading = false
  const leads = (): boolean => leading
  const grown = (): void => {
    relayed.ring()
    for (const ring of folded) ring()
  }
  const off = js.onConnection(relayed.ring)
  const loops = [
    holdLeadership({
      ...health.part('leadership', 30_000),
      log,
      signal,
      onChange: (now) => {
        leading = now
        logger.info(now ? 'orders and relays the log' : 'stands by')
        appended.ring()
        relayed.ring()
      },
    }),
    runSequencer({
      ...health.part('sequencer', 30_000),
      log,
      signal,
      leads,
      bell: appended,
      poked: js.isConnected,
      onSequenced: () => {
        grown()
        poke(js, 'sequenced')
      },
    }),
    runRelay({ ...health.part('relay', 30_000), log, js, signal, leads, bell: relayed, limits: stream, checkMs }),
    runFolds({
      ...health.part('read model'),
      log,
      model,
      replica,
      signal,
      onSequenced: (ring) => {
        folded.add(ring)
        return () => folded.delete(ring)
      },
    }),
    runCollector({ ...health.part('collector'), log, leads, signal }),
    runRetention({ ...health.part('retention'), log, leads, signal, policy: retention }),
    // The replica that leads sequences, the others hear of it.
    follow(onPoke(js, 'log', signal), () => leading && appended.ring()),
    follow(onPoke(js, 'sequenced', signal), () => !leading && grown()),
  ]
  return {
    live: health.live,
    ready: health.ready,
    leads,
    [Symbol.asyncDispose]: async () => {
      off()
      controller.abort()
      await Promise.all(loops)
    },
  }
}

async function follow(pokes: AsyncIterable<void>, onPoked: () => void): Promise<void> {
  for await (const _ of pokes) onPoked()
}
