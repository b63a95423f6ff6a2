import { clusterStream, workflowStream } from '@plimsoll/domain'
import { failingStreams, marksIn, watchingStreams } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish } from '@plimsoll/event-log'
import type { StreamsOf } from '../cluster/live-rows.ts'

const roles = ['plan', 'write', 'drift']

/** Auto-sync was started: every workflow may have something to do. */
export async function wakeAll(log: EventLog, claim: Claim): Promise<Finish> {
  return waking(claim, await watchingStreams(log))
}

/** A cluster is back: what has objects there may go on, and so may whatever failed meanwhile, as without objects nothing tells where it goes. */
export async function wakeOfCluster(log: EventLog, claim: Claim, streamsOf: StreamsOf): Promise<Finish> {
  const marks = new Set(await marksIn(log, claim.stream.slice(clusterStream('').length)))
  const failing = (await failingStreams(log, roles)).filter((stream) => stream.startsWith(workflowStream('')))
  return waking(claim, [...new Set([...(await streamsOf(marks)), ...failing])])
}

function waking(claim: Claim, streams: readonly string[]): Finish {
  return { done: claim.seen, wake: streams.flatMap((stream) => roles.map((role) => ({ role, stream }))) }
}
