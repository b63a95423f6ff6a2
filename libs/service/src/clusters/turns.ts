import { KubernetesError } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

type Pulsed = { readonly connection: Pick<Cluster['connection'], 'server' | 'pulse'> }

/** Keeps work that waits for a silent cluster from taking the places of other clusters' work. */
export type Turns = {
  /**
   * Does work on a cluster. Throws KubernetesError at once, of kind `unavailable`, while the cluster is silent for as many others as
   * there are places.
   */
  readonly take: <Result>(cluster: Pulsed, work: () => Promise<Result>) => Promise<Result>
  /** So many places, and one more for each work that waits for a silent cluster. */
  readonly places: () => number
}

/** Nothing was tried: there is no reason to wait for longer and longer. */
const againMs = 1_000

/** Of work that waits so: each holds a claim and some memory. */
const waitingAtMost = 64

export function openTurns(atOnce: number): Turns {
  const taken = new Map<object, Pulsed>()
  const waitingFor = ({ connection: { pulse } }: Pulsed): number =>
    [...taken.values()].filter(({ connection }) => connection.pulse === pulse).length
  return {
    take: async (cluster, work) => {
      if (cluster.connection.pulse.isSilent() && waitingFor(cluster) >= atOnce) throw silent(cluster)
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

function silent({ connection: { server } }: Pulsed): KubernetesError {
  const message = `the API server ${server.origin} has not answered for seconds: others wait for it already`
  return new KubernetesError({ kind: 'unavailable', message, retryable: true, retryAfterMs: againMs })
}
