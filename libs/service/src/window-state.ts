import type { SyncTrigger, SyncWindow } from '@plimsoll/domain'
import { Cron } from 'croner'

/** Whether a sync may begin; if not, since which window, and when it next may (null: not within the next hundred changes). */
export type WindowState =
  { readonly open: true } | { readonly open: false; readonly because: string; readonly opensAt: Date | null }

const changesAtMost = 100

/**
 * Judges the sync windows of a workflow at an instant: a deny window that is open holds syncs back; where there are allow
 * windows, one of them must be open. Windows with `manual_sync` hold back only what nobody asked for.
 */
export function windowState(windows: readonly SyncWindow[], trigger: SyncTrigger, now: Date): WindowState {
  const because = heldBackBy(windows, trigger, now)
  if (because === undefined) return { open: true }
  let at = now
  for (let changes = 0; changes < changesAtMost; changes++) {
    const next = nextChange(windows, at)
    if (next === undefined) return { open: false, because, opensAt: null }
    if (heldBackBy(windows, trigger, next) === undefined) return { open: false, because, opensAt: next }
    at = next
  }
  return { open: false, because, opensAt: null }
}

/** What is wrong with a window's schedule or time zone; undefined if nothing is. */
export function windowProblem({ schedule, time_zone: timezone }: SyncWindow): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    return `${JSON.stringify(timezone)} is no time zone: write an IANA name such as Europe/Berlin`
  }
  try {
    return new Cron(schedule, { timezone }).nextRun() === null
      ? `${JSON.stringify(schedule)} never comes: no such day is in any calendar`
      : undefined
  } catch (error) {
    return `${JSON.stringify(schedule)} is no schedule: ${error instanceof Error ? error.message : String(error)}`
  }
}

function heldBackBy(windows: readonly SyncWindow[], trigger: SyncTrigger, now: Date): string | undefined {
  const passes = (window: SyncWindow) => trigger === 'manual' && window.manual_sync
  const denying = windows.find(
    (window) => window.kind === 'deny' && !passes(window) && spanAt(window, now) !== undefined,
  )
  if (denying !== undefined) return `the deny window ${describe(denying)} is open`
  const allowing = windows.filter(({ kind }) => kind === 'allow')
  if (allowing.length === 0 || allowing.some((window) => passes(window) || spanAt(window, now) !== undefined))
    return undefined
  return `no allow window is open (${allowing.map(describe).join('; ')})`
}

function describe({ schedule, duration_ms: ms, time_zone: zone }: SyncWindow): string {
  return `"${schedule}" for ${hoursAndMinutes(ms)}, ${zone}`
}

/** `2h`, `1h30m`, `45m`: as the setting is shown. */
function hoursAndMinutes(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  return `${hours > 0 ? `${hours}h` : ''}${rest > 0 || hours === 0 ? `${rest}m` : ''}`
}

/** The earliest instant after `now` at which a window opens or closes. */
function nextChange(windows: readonly SyncWindow[], now: Date): Date | undefined {
  const changes = windows.flatMap((window) => {
    const end = spanAt(window, now)
    const start = cronOf(window).nextRun(now)
    return [...(end === undefined ? [] : [end.getTime()]), ...(start === null ? [] : [start.getTime()])]
  })
  const next = Math.min(...changes.filter((change) => change > now.getTime()))
  return Number.isFinite(next) ? new Date(next) : undefined
}

/** When the window that is open at an instant closes; undefined if it is not open. */
function spanAt(window: SyncWindow, now: Date): Date | undefined {
  // Schedules have whole seconds, and what begins at this very one is asked for too.
  const [start] = cronOf(window).previousRuns(1, new Date(now.getTime() + 1_000))
  const latest = start !== undefined && start > now ? cronOf(window).previousRuns(1, now)[0] : start
  if (latest === undefined) return undefined
  const end = new Date(latest.getTime() + window.duration_ms)
  return end > now ? end : undefined
}

function cronOf({ schedule, time_zone: timezone }: SyncWindow): Cron {
  return new Cron(schedule, { timezone })
}
