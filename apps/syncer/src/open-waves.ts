import { onUnhealthy } from '@plimsoll/domain'
import type { WorkflowEvent } from '@plimsoll/domain'
import type { Outcome } from '@plimsoll/service'
import { changedBy, unhealthyOf } from './await-health.ts'
import type { Failure } from './await-health.ts'
import type { SyncRun } from './sync-run.ts'

export type Waves = {
  /** Called before each wave: records the one before it, and waits for its health. */
  readonly enter: (wave: number) => Promise<boolean>
  /** What kept the next wave from being entered. */
  readonly failure: () => Failure | undefined
  /** Records what was written until now, before something else is done. Answers what is new of it. */
  readonly settle: () => Promise<readonly Outcome[]>
  /** The record of the wave that was entered last; nothing if it has been recorded. */
  readonly newest: () => readonly WorkflowEvent[]
}

/** Follows a sync from wave to wave. */
export function openWaves(run: SyncRun, outcomes: readonly Outcome[]): Waves {
  let current: number | undefined
  let recorded = 0
  let isTold = false
  let failure: Failure | undefined
  const newest = (): readonly WorkflowEvent[] => {
    const done = outcomes.slice(recorded)
    if (isTold && done.length === 0) return []
    const failed = done.filter((outcome) => outcome.done === 'failed').length
    const data = { sync_id: run.syncId, wave: current ?? 0, applied: done.length - failed, failed, rebased: null }
    return [{ type: 'WaveApplied', data }]
  }
  const settle = async (): Promise<readonly Outcome[]> => {
    await run.record(newest())
    const done = outcomes.slice(recorded)
    recorded = outcomes.length
    isTold = true
    return done
  }
  return {
    settle,
    enter: async (wave) => {
      if (current !== undefined) {
        failure = await unhealthyOf(run, changedBy(await settle()))
        if (failure !== undefined && onUnhealthy(run.config) !== 'ignore') return false
        failure = undefined
      }
      current = wave
      return true
    },
    failure: () => failure,
    newest,
  }
}
