import { KubernetesError } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

/** Keeps work that waits for a silent cluster from taking the places of other clusters' work. */
export type Turns = {
  /** Does work on a cluster. Throws KubernetesError at once, of kind `unavailable`, while the cluster is silent for others. */
  readonly take: <Result>(cluster: Cluster, work: () => Promise<Result>) => Promise<Result>
  /** So many places, and one more for each work that waits for a silent cluster. */
  readonly places: () => number
}

/** Of work that waits so: each holds a claim and some memory. */
const waitingAtMost = 64

export function openTurns(atOnce: number): Turns {
  const taken = new Map<object, Cluster>()
  return {
    take: async (cluster, work) => {
      if (cluster.connection.pulse.isSilent()) throw silent(cluster)
      const turn = {}
      taken.set(turn, cluster)
      try {
        return await work()
      } finally {
        taken.delete(turn)
      }
    },
    places: () => {
      let waiting = 0
      for (const { connection } of taken.values()) if (connection.pulse.isSilent()) waiting += 1
      return atOnce + Math.min(waiting, waitingAtMost)
    },
  }
}

function silent({ server }: Cluster): KubernetesError {
  const message = `the API server ${server} has not answered for seconds: others wait for it already`
  return new KubernetesError({ kind: 'unavailable', message, retryable: true })
}
