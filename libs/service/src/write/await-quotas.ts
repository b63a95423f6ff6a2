import { setTimeout as delay } from 'node:timers/promises'
import { isRecord, refOf, sameQuantity } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { get } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'

const firstPauseMs = 20
const longestPauseMs = 500
/** The admission of the API server watches quotas too, and may hear of a change a little later than we do. */
const settleMs = 250

/**
 * Waits until the cluster counts against what these ResourceQuotas say now: a moment after the write it still counts against what
 * they said before. Returns all the same when the time is over, as a cluster need not count at all.
 */
export async function awaitQuotas(
  cluster: Cluster,
  quotas: readonly KubernetesObject[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (const quota of quotas) {
    const wanted = hardOf(quota['spec'])
    for (let pauseMs = firstPauseMs; performance.now() < deadline; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const counted = hardOf((await get(cluster, refOf(quota), { signal }))?.['status'])
      const isCounted = Object.entries(wanted).every(([resource, amount]) => sameQuantity(amount, counted[resource]))
      await delay(isCounted ? settleMs : pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      if (isCounted) break
    }
  }
}

function hardOf(part: unknown): Readonly<Record<string, unknown>> {
  const hard = isRecord(part) ? part['hard'] : undefined
  return isRecord(hard) ? hard : {}
}
