import { setTimeout as sleep } from 'node:timers/promises'
import { clusterStream, defaultCluster, identityOf, markLabel, refOf } from '@plimsoll/domain'
import {
  deleteWatchedKind,
  forgetCluster,
  markKindSynced,
  readLiveObjects,
  readWatchedKinds,
  wake,
  watchingStreams,
} from '@plimsoll/event-log'
import type { Claim, EventLog, Finish, KindKey } from '@plimsoll/event-log'
import { discover, follow, KubernetesError } from '@plimsoll/kubernetes'
import type { Cluster, CustomHealth, ResourceType } from '@plimsoll/kubernetes'
import type { Bell } from '@plimsoll/runtime'
import type { Clusters } from '@plimsoll/service'
import { clusterNow, loseUnopened } from './cluster-now.ts'
import { openClusterReach } from './cluster-reach.ts'
import type { ClusterReach } from './cluster-reach.ts'
import { openHealthBoard } from './health-board.ts'
import type { HealthBoard, HealthPatience } from './health-board.ts'
import { openLiveRows } from './live-rows.ts'
import type { LiveRows, StreamsOf } from './live-rows.ts'

export type Dependencies = {
  readonly log: EventLog
  readonly clusters: Clusters
  readonly clusterHash: (cluster: string) => (text: string) => string
  /** Rings when kinds may have been asked for. */
  readonly requests: (signal: AbortSignal) => Bell
  /** The streams of the workflows that have these marks. */
  readonly streamsOf?: StreamsOf
  /** Health checks that come before the built-in ones. */
  readonly customHealth?: CustomHealth | undefined
  readonly patience?: HealthPatience | undefined
}

const flushEveryMs = 25
const sweepMs = 5_000
const catchUpMs = 500
const againMs = 1_000
const probeMs = 30_000
const unopenedMs = 15_000

/** Watches the objects of ours in one cluster for as long as the claim is held, and shares what planning needs to know of them. */
export function watchCluster({
  log,
  clusters,
  clusterHash,
  requests,
  streamsOf,
  customHealth,
  patience,
}: Dependencies) {
  return async (claim: Claim, { signal }: { readonly signal: AbortSignal }): Promise<Finish> => {
    const id = claim.stream.slice(clusterStream('').length)
    const cluster = await clusterNow(clusters, id)
    if (cluster instanceof KubernetesError) {
      await loseUnopened(log, id, cluster)
      return { done: claim.done, error: cluster.message, retryInMs: unopenedMs }
    }
    if (cluster === undefined) {
      await forgetCluster(log, id)
      return { done: claim.seen }
    }
    const known = await readLiveObjects(log, id)
    const rows = openLiveRows(log, id, known, clusterHash(id), streamsOf)
    const reach = openClusterReach(log, id, cluster)
    // However this ends, its watches end with it: another holder may begin its own.
    const end = new AbortController()
    const watching = AbortSignal.any([signal, end.signal])
    const flushSoon = soon(rows.flush, { ms: flushEveryMs, signal: watching })
    const tell = (identity: string, word: string): void => {
      rows.setHealth(identity, word)
      flushSoon()
    }
    using board = openHealthBoard({ custom: customHealth, told: rows.healthOf, tell, patience })
    // What went while nobody watched has left no trace: once a kind is complete, every workflow compares it.
    const lookAll = async () => {
      const streams = await watchingStreams(log)
      await wake(
        log,
        'drift',
        streams.map((stream) => ({ stream })),
      )
    }
    const catchUp = soon(lookAll, { ms: catchUpMs, signal: watching })
    const watch = { log, id, cluster, rows, board, reach, flushSoon, catchUp, signal: watching }
    const watched = new Map<string, Promise<void>>()
    try {
      const bell = requests(watch.signal)
      // What the watcher before us saw may be old by now: nothing is complete before our own first list.
      for (const kind of await readWatchedKinds(log, id)) await markKindSynced(log, id, kind, false)
      const isUnseen = id === defaultCluster ? () => false : openProbing()
      while (!signal.aborted) {
        for (const kind of await readWatchedKinds(log, id)) {
          const key = `${kind.group}/${kind.resource}`
          if (watched.has(key)) continue
          watched.set(
            key,
            watchUntilEnd({ ...watch, kind }).finally(() => watched.delete(key)),
          )
        }
        await bell.wait(sweepMs)
        // What could not be written when it was seen.
        await rows.flush()
        if (reach.isFailing() || isUnseen(watched.size)) await reach.probe(signal)
        // It was changed or removed: watched anew, or no more.
        if ((await clusterNow(clusters, id)) !== cluster) return { done: claim.done, retryInMs: 0 }
      }
    } finally {
      end.abort()
      await Promise.all(watched.values())
    }
    signal.throwIfAborted()
    return { done: claim.seen }
  }
}

/** Where nothing is watched, only asking tells whether a registered cluster is there: at first, and now and then. */
function openProbing(): (watched: number) => boolean {
  let next = 0
  return (watched) => {
    if (watched > 0 || performance.now() < next) return false
    next = performance.now() + probeMs
    return true
  }
}

type KindWatch = {
  readonly log: EventLog
  readonly id: string
  readonly cluster: Cluster
  readonly rows: LiveRows
  readonly board: HealthBoard
  readonly flushSoon: () => void
  readonly catchUp: () => void
  readonly kind: KindKey
  readonly reach: ClusterReach
  readonly signal: AbortSignal
}

/** A watch that ended, for lack of a right or by a fault, sees nothing any more: the kind is complete no longer. */
async function watchUntilEnd(watch: KindWatch): Promise<void> {
  const { log, id, kind, reach, signal } = watch
  await watchKind(watch).catch(reach.fail)
  if (!signal.aborted) await markKindSynced(log, id, kind, false).catch(reach.fail)
}

async function watchKind({
  log,
  id,
  cluster,
  rows,
  board,
  kind,
  reach,
  flushSoon,
  catchUp,
  signal,
}: KindWatch): Promise<void> {
  const type = await typeOf(cluster, kind)
  if (type === undefined) return deleteWatchedKind(log, id, kind)
  let isComplete = false
  for await (const event of follow(cluster, type, { labelSelector: markLabel, signal, onError: reach.fail })) {
    reach.ok()
    if (event.type === 'SYNCED') {
      rows.keepOnly(type.group, type.kind, event.uids)
      await rows.flush()
      await markKindSynced(log, id, kind)
      if (!isComplete) catchUp()
      isComplete = true
      continue
    }
    if (event.type === 'DELETED') {
      rows.drop(event.object)
      board.drop(identityOf(refOf(event.object)))
    } else {
      rows.see(event.object)
      board.see(event.object)
    }
    flushSoon()
  }
}

/** Calls that come before it has run are one. What fails is run again, until it ran or nobody watches any more. */
function soon(run: () => Promise<void>, { ms, signal }: { readonly ms: number; readonly signal: AbortSignal }) {
  let due: Promise<void> | undefined
  const later = (waitMs: number): void => {
    due ??= sleep(waitMs)
      .then(() => {
        due = undefined
        return signal.aborted ? undefined : run()
      })
      .catch(() => later(againMs))
  }
  return (): void => later(ms)
}

async function typeOf(cluster: Cluster, { group, resource }: KindKey): Promise<ResourceType | undefined> {
  return (await discover(cluster)).find((type) => type.group === group && type.resource === resource)
}
