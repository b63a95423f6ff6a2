import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { ResourceType } from './discovery.ts'
import { KubernetesError } from './kubernetes-error.ts'
import type { KubernetesErrorKind } from './kubernetes-error.ts'
import type { KubernetesObject } from '@plimsoll/domain'
import { listPages } from './list.ts'
import type { ListOptions } from './list.ts'
import { watch } from './watch.ts'

export type FollowEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubernetesObject }
  /** A list is complete: what is not among these uids is gone. Comes after each list, so after each gap in the watch. */
  | { readonly type: 'SYNCED'; readonly uids: ReadonlySet<string>; readonly resourceVersion: string }

export type FollowOptions = {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly metadataOnly?: boolean | undefined
  /** Ends the stream without an error. */
  readonly signal: AbortSignal
  /** Told of each interruption that is repaired by itself. */
  readonly onError?: ((error: KubernetesError) => void) | undefined
  /** 150,000 by default: bookmarks come about once a minute. */
  readonly silenceMs?: number | undefined
}

const relistKinds: ReadonlySet<KubernetesErrorKind> = new Set(['expired', 'bad-answer', 'unauthorized'])
const firstPauseMs = 200
const longestPauseMs = 30_000
const briefMs = 1000

/**
 * All objects of a kind, then every change to them, for as long as the signal allows. Lost connections, ended watches and
 * expired resourceVersions are repaired with growing, jittered pauses; only what cannot pass by itself (forbidden, unknown kind) is
 * thrown. An object can come again as ADDED after a gap.
 */
export async function* follow(
  cluster: Cluster,
  type: ResourceType,
  options: FollowOptions,
): AsyncGenerator<FollowEvent> {
  const { signal, onError } = options
  let resourceVersion: string | undefined
  let limit: number | undefined
  let failures = 0
  while (!signal.aborted) {
    const startedAt = performance.now()
    let leastPauseMs = 0
    try {
      if (resourceVersion === undefined) {
        resourceVersion = yield* whatExists(cluster, type, { ...options, limit })
      }
      for await (const { type: change, object } of watch(cluster, type, watchOptions(options, resourceVersion))) {
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion
        failures = 0
        if (change !== 'BOOKMARK') yield { type: change, object }
      }
      // A server or proxy that ends each watch at once must not be asked in a tight loop.
      failures = performance.now() - startedAt < briefMs ? failures + 1 : 0
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error, resourceVersion)) throw error
      // The snapshot of a long list was compacted away while its pages were read. One page cannot go stale.
      limit = error.kind === 'expired' && resourceVersion === undefined ? 0 : undefined
      if (relistKinds.has(error.kind)) resourceVersion = undefined
      failures += 1
      leastPauseMs = error.retryAfterMs ?? 0
      onError?.(error)
    }
    await pause(failures, leastPauseMs, signal)
  }
}

/**
 * All objects, a page at a time, so that a large list is not in memory as a whole; with `limit` 0, after its pages expired,
 * it is. Returns its resourceVersion.
 */
async function* whatExists(
  cluster: Cluster,
  type: ResourceType,
  options: ListOptions,
): AsyncGenerator<FollowEvent, string> {
  const uids = new Set<string>()
  let resourceVersion = ''
  for await (const page of listPages(cluster, type, options)) {
    for (const object of page.items) {
      if (object.metadata.uid !== undefined) uids.add(object.metadata.uid)
      yield { type: 'ADDED', object }
    }
    resourceVersion = page.resourceVersion
  }
  yield { type: 'SYNCED', uids, resourceVersion }
  return resourceVersion
}

function watchOptions(options: FollowOptions, resourceVersion: string) {
  const { namespace, labelSelector, fieldSelector, metadataOnly, signal, silenceMs = 150_000 } = options
  // Spread, so that the watches of all kinds do not end together.
  const lifetimeSeconds = 300 + Math.floor(Math.random() * 300)
  return { namespace, labelSelector, fieldSelector, metadataOnly, signal, silenceMs, lifetimeSeconds, resourceVersion }
}

// Credentials that a watch finds outdated are renewed by the list that follows; only if that fails too, they are bad.
function isPassing(error: unknown, resourceVersion: string | undefined): error is KubernetesError {
  if (!(error instanceof KubernetesError)) return false
  return error.retryable || (error.kind === 'unauthorized' && resourceVersion !== undefined)
}

async function pause(failures: number, leastMs: number, signal: AbortSignal): Promise<void> {
  if (failures === 0) return
  const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1))
  const ms = Math.max(leastMs, longest * (0.5 + Math.random() / 2))
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
