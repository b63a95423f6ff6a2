import { clusterStream, workflowDecider, workflowStream } from '@plimsoll/domain'
import { failingStreams, foldStream, marksIn, watchingStreams } from '@plimsoll/event-log'
import type { Claim, EventLog, Finish } from '@plimsoll/event-log'
import { inParallel } from '@plimsoll/runtime'
import type { StreamsOf } from '../cluster/live-rows.ts'

const roles = ['plan', 'write', 'drift']
const foldsAtOnce = 8

/** Auto-sync was started: every workflow may have something to do. */
export async function wakeAll(log: EventLog, claim: Claim): Promise<Finish> {
  return waking(claim, await watchingStreams(log))
}

/** A cluster is back: what has objects there may go on, and so may what goes there and failed meanwhile, with or without objects. */
export async function wakeOfCluster(log: EventLog, claim: Claim, streamsOf: StreamsOf): Promise<Finish> {
  const cluster = claim.stream.slice(clusterStream('').length)
  const marks = new Set(await marksIn(log, cluster))
  return waking(claim, [...new Set([...(await streamsOf(marks)), ...(await failingAt(log, cluster))])])
}

/**
 * Workflows that failed and go there. Those of another cluster, which may still be away, would else be tried at once each time
 * that this one is back.
 */
async function failingAt(log: EventLog, cluster: string): Promise<readonly string[]> {
  const failing = (await failingStreams(log, roles)).filter((stream) => stream.startsWith(workflowStream('')))
  const found = await inParallel(failing, foldsAtOnce, async (stream) => {
    const { config, leaving } = (await foldStream(log, stream, workflowDecider)).state
    return (config ?? leaving?.config)?.destination.cluster === cluster ? [stream] : []
  })
  return found.flat()
}

function waking(claim: Claim, streams: readonly string[]): Finish {
  return { done: claim.seen, wake: streams.flatMap((stream) => roles.map((role) => ({ role, stream }))) }
}
