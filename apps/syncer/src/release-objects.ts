import { describeRef, groupOf, isKept, isMarked, markAnnotation, markLabel, optionsOf } from '@plimsoll/domain'
import type { InventoryEntry } from '@plimsoll/domain'
import { applyOrder, get, mergePatch, remove, servedRef } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { inParallel } from '@plimsoll/runtime'
import { writeTimeoutMs } from '@plimsoll/service'

export type ReleaseOptions = {
  /** Deletes the objects; without it they live on, without our mark. */
  readonly cascade: boolean
  /** Also those that are never removed unasked. */
  readonly pruneKept?: boolean
  readonly mayWrite: () => void
  readonly signal: AbortSignal
}

const writesInFlight = 16

/** Lets the objects of a deleted workflow go, in the reverse of the order in which they were applied. Done again after a crash. */
export async function releaseObjects(
  cluster: Cluster,
  mark: string,
  entries: readonly InventoryEntry[],
  { cascade, pruneKept = false, mayWrite, signal }: ReleaseOptions,
): Promise<{ readonly deleted: number; readonly kept: readonly string[] }> {
  const kept: string[] = []
  let deleted = 0
  const letGo = async (entry: InventoryEntry) => {
    // Of a kind that the cluster does not know any more there are no objects.
    const ref = await servedRef(cluster, entry)
    if (ref === undefined) return
    const live = await get(cluster, ref, { signal })
    if (live === undefined || !isMarked(live, mark)) return
    const { uid, resourceVersion } = live.metadata
    const state = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) }
    mayWrite()
    const { ignore, delete: goes } = optionsOf(live)
    if (cascade && (pruneKept || !isKept(entry)) && goes && !ignore) {
      await remove(cluster, ref, { ...state, timeoutMs: writeTimeoutMs, signal })
      deleted += 1
      return
    }
    const unmarked = { labels: { [markLabel]: null }, annotations: { [markAnnotation]: null } }
    const patch = { metadata: { ...state, ...unmarked } }
    await mergePatch(cluster, ref, patch, { timeoutMs: writeTimeoutMs, signal })
    if (cascade) kept.push(describeRef(entry))
  }
  const ranks = Map.groupBy(entries, ({ kind, apiVersion }) => applyOrder(kind, groupOf(apiVersion)))
  for (const [, rank] of [...ranks].toSorted(([a], [b]) => b - a)) await inParallel(rank, writesInFlight, letGo)
  return { deleted, kept: kept.slice(0, 100) }
}
