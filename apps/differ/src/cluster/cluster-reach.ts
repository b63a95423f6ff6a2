import { clusterDecider, clusterStream, loseCluster, reachCluster } from '@plimsoll/domain'
import type { Cluster as ClusterState, ClusterEvent } from '@plimsoll/domain'
import { causeFrom, transact } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { get, KubernetesError, serverVersion } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

/** Whether a cluster can be reached, recorded when that changes for good. */
export type ClusterReach = {
  readonly ok: () => void
  /** One failure says little: only those that last are recorded. */
  readonly fail: (error: unknown) => void
  readonly isFailing: () => boolean
  /** Asks once whether it is back: a watch that is quiet says nothing. */
  readonly probe: (signal: AbortSignal) => Promise<void>
}

const lostAfterMs = 5_000

/** Failures of the way to the cluster; whatever else it answers, it was reached. */
const away: ReadonlySet<string> = new Set(['unavailable', 'timeout', 'untrusted', 'unauthorized', 'bad-answer'])

export function openClusterReach(log: EventLog, id: string, cluster: Cluster): ClusterReach {
  let failingSince: number | undefined
  let recorded: boolean | undefined
  const append = (decide: (cluster: ClusterState) => ClusterEvent[]) =>
    transact(log, { stream: clusterStream(id), cause: causeFrom(undefined, 'differ'), decider: clusterDecider }, decide)
  const record = (reachable: boolean, append: () => Promise<unknown>): void => {
    if (recorded === reachable) return
    recorded = reachable
    append().catch(() => {
      recorded = undefined
    })
  }
  const appendReached = async () => append(reachCluster(id, await serverVersion(cluster).catch(() => null)))
  const ok = (): void => {
    failingSince = undefined
    record(true, appendReached)
  }
  const fail = (error: unknown): void => {
    if (!(error instanceof KubernetesError) || !away.has(error.kind)) return
    failingSince ??= Date.now()
    if (Date.now() - failingSince >= lostAfterMs) {
      const { message } = error
      record(false, () => append(loseCluster(id, message)))
    }
  }
  return {
    ok,
    fail,
    isFailing: () => failingSince !== undefined,
    probe: async (signal) => {
      try {
        await get(cluster, { apiVersion: 'v1', kind: 'Namespace', name: 'default' }, { signal })
        ok()
      } catch (error) {
        if (error instanceof KubernetesError && !away.has(error.kind)) ok()
        else fail(error)
      }
    },
  }
}
