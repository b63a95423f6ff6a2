import { workflowStream } from '@plimsoll/domain'
import { watchingStreams } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { vaults } from '@plimsoll/service'
import type { StreamsOf } from './live-rows.ts'

/** A workflow is known before its first object is there, so a mark that nobody has is of another installation or an older one. */
const lookAgainMs = 60_000
const strangersAtMost = 1_000

/** Finds the streams of workflows by the marks of their objects, and keeps what it found. */
export function streamsOfMarks(log: EventLog, installationKey: Uint8Array): StreamsOf {
  const openVault = vaults(log, installationKey)
  const known = new Map<string, string>()
  const strangers = new Map<string, number>()
  return async (marks) => {
    const now = Date.now()
    const isUnknown = (mark: string) => !known.has(mark) && now - (strangers.get(mark) ?? -Infinity) >= lookAgainMs
    const unknown = [...marks].filter(isUnknown)
    if (unknown.length > 0) {
      const named = new Set(known.values())
      for (const stream of await watchingStreams(log))
        if (!named.has(stream)) known.set(openVault(stream.slice(workflowStream('').length)).mark, stream)
      if (strangers.size > strangersAtMost) strangers.clear()
      for (const mark of unknown) if (!known.has(mark)) strangers.set(mark, now)
    }
    return [...marks].flatMap((mark) => known.get(mark) ?? [])
  }
}
