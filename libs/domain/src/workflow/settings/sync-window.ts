import { parseDuration } from '../../duration.ts'
import type { Problem } from '../../checked.ts'
import { oneOf } from '../../one-of.ts'

const kinds = ['allow', 'deny'] as const

/** A span of time, again and again, in which syncs may begin or may not. */
export type SyncWindow = {
  readonly kind: (typeof kinds)[number]
  /** When it opens: minute, hour, day of the month, month, day of the week, as cron has them. */
  readonly schedule: string
  readonly duration_ms: number
  /** IANA name, such as `Europe/Berlin`. */
  readonly time_zone: string
  /** Syncs that a person asks for pass all the same. */
  readonly manual_sync: boolean
}

export type SyncWindowRequest = {
  readonly kind?: string
  readonly schedule?: string
  readonly duration?: string
  readonly time_zone?: string
  readonly manual_sync?: boolean
}

const windowsAtMost = 50
const longestMs = 366 * 86_400_000

/** Schedules and time zones are checked where a calendar is at hand: here only what needs none. */
export function syncWindows(requests: readonly SyncWindowRequest[], refuse: (problem: Problem) => void): SyncWindow[] {
  const field = 'sync_policy.sync_windows'
  if (requests.length > windowsAtMost) refuse({ field, message: `holds more than ${windowsAtMost} windows` })
  return requests.slice(0, windowsAtMost).map((request, at) => {
    const kind = oneOf(request.kind ?? '', kinds)
    if (kind === undefined) refuse({ field: `${field}[${at}].kind`, message: `must be ${kinds.join(' or ')}` })
    const duration = request.duration === undefined ? undefined : parseDuration(request.duration)
    if (duration === undefined || duration <= 0 || duration > longestMs)
      refuse({
        field: `${field}[${at}].duration`,
        message: `${JSON.stringify(request.duration ?? null)} is no duration of at most 366 days: write 30m, 2h or 1h30m`,
      })
    const { schedule = '' } = request
    if (schedule.trim().split(/\s+/).length !== 5)
      refuse({
        field: `${field}[${at}].schedule`,
        message: `${JSON.stringify(schedule)} is no schedule of five fields: write 0 22 * * 1-5 for weekdays at 22:00`,
      })
    return {
      kind: kind ?? 'deny',
      schedule,
      duration_ms: duration ?? 0,
      time_zone: request.time_zone ?? 'UTC',
      manual_sync: request.manual_sync ?? false,
    }
  })
}
