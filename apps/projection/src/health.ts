import { maskCredentials, openHeartbeats, type Check, type Logger } from '@plimsoll/runtime'

/** What one loop tells about itself. */
export type Part = {
  /** It turned, whether or not there was anything to do. */
  readonly beat: () => void
  /** It cannot do its work: the error, or null once it can again. Told in the log when it changes. */
  readonly report: (error: unknown) => void
}

export type Health = {
  /** A part that turns at least every `maxAgeMs`; without that, one whose turns nobody counts. */
  readonly part: (name: string, maxAgeMs?: number) => Part
  readonly live: Check
  readonly ready: Check
}

export function openHealth(logger: Logger): Health {
  const heartbeats = openHeartbeats()
  const troubles = new Map<string, string>()
  return {
    part: (name, maxAgeMs = Number.POSITIVE_INFINITY) => ({
      beat: heartbeats.track(name, maxAgeMs),
      report: (error) => {
        const trouble = error === null ? undefined : `${name}: ${messageOf(error)}`
        const before = troubles.get(name)
        if (trouble === before) return
        if (trouble === undefined) {
          troubles.delete(name)
          logger.info({ part: name }, `${name} works again`)
        } else {
          troubles.set(name, trouble)
          logger.warn({ part: name, err: error }, trouble)
        }
      },
    }),
    live: heartbeats.stale,
    ready: () => [...heartbeats.stale(), ...troubles.values()],
  }
}

function messageOf(error: unknown): string {
  return maskCredentials(error instanceof Error ? error.message : String(error))
}
