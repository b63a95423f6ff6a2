import type { EventLog } from '@plimsoll/event-log'
import type { JetStream } from '@plimsoll/jetstream'
import type { Logger } from '@plimsoll/runtime'

/** What every service works with. `plimsoll up` opens it once for all of them; a service of its own opens its own. */
export type ServiceContext = {
  readonly log: EventLog
  readonly js: JetStream
  /** 32 bytes, from which the keys for credentials and sensitive bodies are derived. */
  readonly installationKey: Uint8Array
  /** Names this process among its replicas. */
  readonly replica: string
  readonly logger: Logger
}
