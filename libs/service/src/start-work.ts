import { dispatch, runWork } from '@plimsoll/event-log'
import type { PositionedEvent, Wake } from '@plimsoll/event-log'
import { consume, onPoke, poke, StreamMissingError } from '@plimsoll/jetstream'
import { openHeartbeats, runService } from '@plimsoll/runtime'
import type { Check } from '@plimsoll/runtime'
import type { ServiceContext } from './context.ts'
import type { Role } from './role.ts'
import { traced } from './traced.ts'

export type WorkOptions = {
  /** Names the service's checkpoint in the log and its consumer; the same for all replicas. */
  readonly service: string
  /** Which work an event asks for. */
  readonly route: (event: PositionedEvent) => readonly Wake[]
  readonly roles: readonly Role[]
}

/** A running service. `ready` lists what keeps it from doing its work. */
export type Service = AsyncDisposable & { readonly ready: Check }

const eventsPerDispatch = 1_000
const turnsWithinMs = 30_000

/** Starts to turn events into work, and to do the work of some roles; disposing waits for what runs to be given back. */
export function startWork(context: ServiceContext, { service, route, roles }: WorkOptions): Service {
  const { log, js, replica, logger } = context
  const controller = new AbortController()
  const heartbeats = openHeartbeats()
  const onError = (error: unknown) => {
    if (error instanceof StreamMissingError) logger.debug({ service }, error.message)
    else logger.error({ err: error, service }, 'a part of the service failed and is tried again')
  }
  const running = runService({
    consume: (onHint, signal) => consume(js, { durable: `svc-${service}`, handle: onHint, signal, onError }),
    dispatch: async () => {
      let due = 0
      for (;;) {
        const { from, to, work } = await dispatch(log, { service, limit: eventsPerDispatch, route })
        due += work
        if (to === from) return due
      }
    },
    work: async (signal) => {
      await Promise.all(
        roles.map(({ role, taker, concurrency, leaseMs, handle }) =>
          runWork({
            log,
            role,
            taker,
            owner: replica,
            leaseMs,
            concurrency,
            handler: traced({ role, handle }),
            signal,
            poke: onPoke(js, `work.${role}`, signal),
            onError,
          }),
        ),
      )
    },
    onDue: () => {
      for (const { role } of roles) poke(js, `work.${role}`)
    },
    signal: controller.signal,
    onError,
    beat: heartbeats.track(`the ${service}'s reading of the log`, turnsWithinMs),
  })
  return {
    ready: heartbeats.stale,
    async [Symbol.asyncDispose]() {
      controller.abort()
      await running
    },
  }
}
