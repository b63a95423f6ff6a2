import { randomBytes } from 'node:crypto'
import { clusterStream, withMark } from '@plimsoll/domain'
import {
  openEventLog,
  readLiveObjects,
  readStream,
  readWatchedKinds,
  requestKinds,
  watchPaths,
  workOf,
} from '@plimsoll/event-log'
import type { Claim, EventLog } from '@plimsoll/event-log'
import { freshNamespace, queryProxy, testEnvironment, until } from '@plimsoll/harness'
import { apply, KubernetesError, openCluster } from '@plimsoll/kubernetes'
import type { Cluster } from '@plimsoll/kubernetes'
import { openBell } from '@plimsoll/runtime'
import type { Bell } from '@plimsoll/runtime'
import type { Clusters } from '@plimsoll/service'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freshLog } from '../../test/fresh-log.ts'
import { watchCluster } from './watch-cluster.ts'

let log: EventLog
let cluster: Cluster
beforeAll(async () => {
  log = await freshLog()
  cluster = await openCluster({ kubeconfig: testEnvironment('PLIMSOLL_TEST_KUBECONFIG') })
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await log[Symbol.asyncDispose]()
})

const hash = (text: string) => text
const timeoutMs = 90_000
vi.setConfig({ testTimeout: 4 * timeoutMs })

/** Watches ConfigMaps under the cluster's id; `look` lets it look for work at once. */
function watch(id: string, signal: AbortSignal, clusters: Clusters = new Map([[id, cluster]]), through = log) {
  let bell: Bell | undefined
  const requests = (until: AbortSignal) => (bell = openBell(until))
  const handle = watchCluster({ log: through, clusters, clusterHash: () => hash, requests })
  const claim: Claim = {
    role: 'cluster',
    stream: clusterStream(id),
    epoch: 1,
    owner: 'test',
    done: 0,
    seen: 1,
    attempts: 0,
    crashes: 0,
    leaseUntil: new Date(Date.now() + 60_000),
  }
  return { running: handle(claim, { signal }), look: () => bell?.ring() }
}

function untilComplete(id: string) {
  const isComplete = async () => {
    const kinds = await readWatchedKinds(log, id)
    return kinds.length > 0 && kinds.every(({ syncedAt }) => syncedAt !== null) ? true : undefined
  }
  return until(isComplete, { what: `the objects of ${id} are complete`, timeoutMs })
}

async function seen(id: string, name: string) {
  return (await readLiveObjects(log, id)).find((row) => row.name === name)
}

test('a watcher that fails leaves no watch behind', async () => {
  const end = new AbortController()
  const configMaps = [{ group: '', version: 'v1', resource: 'configmaps' }]
  await requestKinds(log, 'first', configMaps)
  const first = watch('first', end.signal)
  await untilComplete('first')

  await log.db.schema.alterTable('watched_kind').renameTo('away').execute()
  first.look()
  await expect(first.running).rejects.toThrow('watched_kind')
  await log.db.schema.alterTable('away').renameTo('watched_kind').execute()

  await requestKinds(log, 'second', configMaps)
  const second = watch('second', end.signal)
  await untilComplete('second')
  const name = `c${randomBytes(4).toString('hex')}`
  const metadata = { name, namespace: await freshNamespace() }
  await apply(cluster, withMark({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, 'test'))
  await until(() => seen('second', name), { what: 'the other watcher sees it', timeoutMs })
  expect(await seen('first', name)).toBeUndefined()
  end.abort()
  await expect(second.running).rejects.toThrow('aborted')
})

test('a cluster that cannot be opened is told to be away, and tried again without end', async () => {
  const message = 'the credentials of the cluster lost are not there any more'
  const error = new KubernetesError({ kind: 'unauthorized', message, retryable: true })
  const clusters = { get: () => Promise.reject(error), keys: () => ['lost'] }
  const { signal } = new AbortController()
  expect(await watch('lost', signal, clusters).running).toMatchObject({ done: 0, error: message })
  const [recorded, ...more] = await readStream(log, clusterStream('lost'))
  expect([recorded?.type, recorded?.data, more]).toEqual(['ClusterLost', { id: 'lost', message }, []])
})

test('a cluster that is changed is watched anew, and of one that is removed nothing is left', async () => {
  let known: Cluster | undefined = cluster
  const clusters = { get: () => known, keys: () => [] }
  const { signal } = new AbortController()
  await requestKinds(log, 'changed', [{ group: '', version: 'v1', resource: 'configmaps' }])
  const changed = watch('changed', signal, clusters)
  await untilComplete('changed')
  known = { ...cluster }
  changed.look()
  expect(await changed.running).toEqual({ done: 0, retryInMs: 0 })
  known = undefined
  expect(await watch('changed', signal, clusters).running).toEqual({ done: 1 })
  expect(await readWatchedKinds(log, 'changed')).toEqual([])
  expect(await readLiveObjects(log, 'changed')).toEqual([])
})

test('the look for drift after the first list is not lost when Postgres is away for a moment', async () => {
  const postgres = new URL(log.url)
  await using proxy = await queryProxy({ host: postgres.hostname, port: Number(postgres.port) })
  let cut = 0
  proxy.watch(({ text }) =>
    cut < 2 && text.includes('from "watched_path"') ? { when: 'before', hit: () => void cut++ } : undefined,
  )
  postgres.host = `127.0.0.1:${proxy.port}`
  await using through = openEventLog({ url: postgres.href })
  await watchPaths(log, { stream: 'workflow-a', repository: 'shop', paths: ['.'] })
  await requestKinds(log, 'cut', [{ group: '', version: 'v1', resource: 'configmaps' }])
  const end = new AbortController()
  const { running } = watch('cut', end.signal, new Map([['cut', cluster]]), through)
  await until(() => workOf(log, 'drift', 'workflow-a'), { what: 'the workflow looks for drift', timeoutMs })
  expect(cut).toBe(2)
  end.abort()
  await expect(running).rejects.toThrow('aborted')
})
