import { clusterDecider, clusterStream, stringifyJson } from '@plimsoll/domain'
import type { ClusterConfig } from '@plimsoll/domain'
import { foldStream, listStreams } from '@plimsoll/event-log'
import { onPoke } from '@plimsoll/jetstream'
import { KubernetesError, openCluster } from '@plimsoll/kubernetes'
import type { Cluster, RefuseAddress } from '@plimsoll/kubernetes'
import { openBell } from '@plimsoll/runtime'
import type { ServiceContext } from '../context.ts'
import { clusterCredentials } from './cluster-credentials.ts'
import type { Clusters } from './clusters.ts'

export type RegisteredClusters = Clusters & AsyncDisposable

export type RegisteredOptions = {
  readonly refuseAddress: RefuseAddress
  /** How often what is open is compared with the log, beside each hint that something has changed; 5,000 by default. */
  readonly lookMs?: number
  /** One that nobody asks for is closed after so long; 600,000 by default. */
  readonly idleMs?: number
}

/** Poked when a cluster is registered, changed or removed. */
export const registryTopic = 'work.cluster.registry'

type Open = { readonly key: string; readonly cluster: Promise<Cluster>; usedAt: number }

/** One connection to each registered cluster that is used, as its stream says: opened anew when that changes, closed when it is removed. */
export function openRegisteredClusters(
  { log, js, installationKey }: Pick<ServiceContext, 'log' | 'js' | 'installationKey'>,
  { refuseAddress, lookMs = 5_000, idleMs = 600_000 }: RegisteredOptions,
): RegisteredClusters {
  const credentials = clusterCredentials(log, installationKey)
  const open = new Map<string, Open>()
  /** Replaced, while something may still work with them; and for how many looks nothing has. */
  const leaving = new Map<Cluster, number>()
  const stop = new AbortController()

  const connect = async (config: ClusterConfig): Promise<Cluster> => {
    const { id, server, context, ca, tls_server_name, proxy, fingerprint } = config
    const credential = await credentials.get(id, fingerprint)
    if (credential === undefined) throw lostCredential(id)
    return openCluster({ access: { server, context, ca, tls_server_name, proxy, credential }, refuseAddress })
  }
  const drop = (id: string, how: 'now' | 'unused'): void => {
    const known = open.get(id)
    open.delete(id)
    void known?.cluster.then(
      (cluster) => (how === 'now' ? cluster[Symbol.asyncDispose]() : void leaving.set(cluster, 0)),
      () => undefined,
    )
  }
  const configOf = async (id: string) => (await foldStream(log, clusterStream(id), clusterDecider)).state.config
  const keep = (config: ClusterConfig): Open => {
    const key = keyOf(config)
    const known = open.get(config.id)
    if (known?.key === key) return known
    drop(config.id, 'unused')
    const opened = { key, cluster: connect(config), usedAt: performance.now() }
    open.set(config.id, opened)
    opened.cluster.catch(() => open.get(config.id) === opened && open.delete(config.id))
    return opened
  }
  const get = async (id: string): Promise<Cluster | undefined> => {
    const config = await configOf(id)
    stop.signal.throwIfAborted()
    if (config === null) {
      drop(id, 'now')
      return undefined
    }
    const known = keep(config)
    known.usedAt = performance.now()
    return known.cluster
  }
  const look = async (): Promise<void> => {
    for (const [id, { key, usedAt, cluster }] of open) {
      const config = await configOf(id)
      if (config === null) drop(id, 'now')
      else if (key !== keyOf(config)) drop(id, 'unused')
      else if (performance.now() - usedAt > idleMs && isUnused(await cluster.catch(() => undefined))) drop(id, 'unused')
    }
    for (const [cluster, looks] of leaving) {
      leaving.set(cluster, isUnused(cluster) ? looks + 1 : 0)
      if (looks < unusedLooks) continue
      leaving.delete(cluster)
      await cluster[Symbol.asyncDispose]()
    }
  }
  const looking = lookAgain(js, look, lookMs, stop.signal)

  return {
    get,
    keys: async () => {
      const ids: string[] = []
      for (const id of await streamIds(log)) if ((await configOf(id)) !== null) ids.push(id)
      return ids
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await looking
      const clusters = await Promise.allSettled([...open.values()].map(({ cluster }) => cluster))
      const all = [
        ...leaving.keys(),
        ...clusters.flatMap((opened) => (opened.status === 'fulfilled' ? [opened.value] : [])),
      ]
      await Promise.all(all.map((cluster) => cluster[Symbol.asyncDispose]()))
    },
  }
}

async function lookAgain(
  js: ServiceContext['js'],
  look: () => Promise<void>,
  lookMs: number,
  signal: AbortSignal,
): Promise<void> {
  const bell = openBell(signal)
  void (async () => {
    for await (const _ of onPoke(js, registryTopic, signal)) bell.ring()
  })()
  while (!signal.aborted) {
    await bell.wait(lookMs)
    // The log is away: looked at again soon.
    if (!signal.aborted) await look().catch(() => undefined)
  }
}

/** Between two requests work does other things. */
const unusedLooks = 6

/** What a connection is made of. */
function keyOf({ server, ca, tls_server_name, proxy, fingerprint }: ClusterConfig): string {
  return stringifyJson([server, ca, tls_server_name, proxy, fingerprint])
}

function isUnused(cluster: Cluster | undefined): boolean {
  return (cluster?.connection.leases() ?? 0) === 0
}

const prefix = clusterStream('')
const page = 500

async function streamIds(log: ServiceContext['log']): Promise<readonly string[]> {
  const found: string[] = []
  for (let after: string | undefined; ;) {
    const names = await listStreams(log, { prefix, after, limit: page })
    found.push(...names.map((name) => name.slice(prefix.length)))
    if (names.length < page) return found
    after = names.at(-1)
  }
}

function lostCredential(id: string): KubernetesError {
  return new KubernetesError({
    kind: 'unauthorized',
    message: `the credentials of the cluster ${id} are not there any more: register it again`,
    retryable: true,
  })
}
