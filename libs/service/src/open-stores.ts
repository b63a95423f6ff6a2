import { migrate, openEventLog } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { openJetStream, poke } from '@plimsoll/jetstream'
import type { JetStream } from '@plimsoll/jetstream'
import type { Logger } from '@plimsoll/runtime'

export type Stores = AsyncDisposable & { readonly log: EventLog; readonly js: JetStream }

export type StoresOptions = {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly natsPrefix?: string
  /** Shown in the servers' lists of connections. */
  readonly name: string
  readonly maxConnections?: number
  readonly logger: Logger
  readonly signal?: AbortSignal
}

/** Opens the log, its tables in place, and the stream. What is recorded in the log is hinted over the stream's server. */
export async function openStores({
  postgresUrl,
  natsUrl,
  natsPrefix,
  name,
  maxConnections,
  logger,
  signal,
}: StoresOptions): Promise<Stores> {
  await using stack = new AsyncDisposableStack()
  const js = stack.use(
    await openJetStream({
      url: natsUrl,
      name,
      ...(natsPrefix !== undefined && { prefix: natsPrefix }),
      ...(signal !== undefined && { signal }),
      onStatus: (status) => logger.debug({ status: status.type }, 'the connection to NATS changed'),
    }),
  )
  const log = stack.use(
    openEventLog({
      url: postgresUrl,
      ...(maxConnections !== undefined && { maxConnections }),
      onError: (error) => logger.warn({ err: error }, 'a connection to Postgres broke'),
      hints: { onAppend: once(() => poke(js, 'log')), onWake: (role) => poke(js, `work.${role}`) },
    }),
  )
  await migrate(log)
  const open = stack.move()
  return { log, js, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** Calls that come before the first has run count as one: a busy writer need not tell of each append. */
function once(call: () => void): () => void {
  let due = false
  return () => {
    if (due) return
    due = true
    setImmediate(() => {
      due = false
      call()
    })
  }
}
