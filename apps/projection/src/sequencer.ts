import { sequence, type EventLog } from '@plimsoll/event-log'
import type { Bell } from '@plimsoll/runtime'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './health.ts'

export type SequencerParts = Part & {
  readonly log: EventLog
  /** Rung when something was appended. */
  readonly bell: Bell
  readonly leads: () => boolean
  /** Whether pokes can come: without them the log is asked more often. */
  readonly poked: () => boolean
  readonly onSequenced: () => void
  readonly signal: AbortSignal
}

const batch = 5_000
const shortestMs = 2
const longestUnderLoadMs = 20
const idleMs = 1_000
const idleWithoutPokesMs = 200
const standbyMs = 3_000

/**
 * Gives positions to what was appended: at once after a poke, and without one by asking ever less often.
 * Any number may run; one that does not lead only asks now and then, in case the leader hangs.
 */
export async function runSequencer(parts: SequencerParts): Promise<void> {
  const { log, bell, leads, signal, beat, report, onSequenced } = parts
  let pauseMs = shortestMs
  while (!signal.aborted) {
    const startedAt = performance.now()
    try {
      const count = await sequence(log, batch)
      beat()
      report(null)
      if (count > 0) {
        onSequenced()
        pauseMs = shortestMs
        // A busy log is given its positions in larger parts, so that this takes half of one connection's time at most.
        const tookMs = performance.now() - startedAt
        if (count < batch) await sleep(Math.min(Math.max(tookMs, shortestMs), longestUnderLoadMs))
      }
    } catch (error) {
      if (signal.aborted) return
      report(error)
    }
    await bell.wait(leads() ? pauseMs : standbyMs)
    pauseMs = Math.min(pauseMs * 2, parts.poked() ? idleMs : idleWithoutPokesMs)
  }
}
