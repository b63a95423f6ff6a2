import type { KubernetesObject } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { fieldsOf, listOf, recordOf, textOf } from './health/health-status.ts'
import { podHealth } from './health/pod-health.ts'
import { isOwnedBy } from './is-owned-by.ts'
import { list } from './list.ts'
import { objectPath, queryOf } from './path-of.ts'
import { request } from './request.ts'
import { requireType } from './resource-of.ts'

export type LogTailOptions = {
  readonly lines: number
  readonly bytes: number
  readonly signal?: AbortSignal | undefined
}

const podType = { apiVersion: 'v1', kind: 'Pod', name: '' }

/**
 * The end of what a Pod, or the newest pod of a Job, has written; of several containers, of one that failed. Undefined for
 * anything else, and where the cluster does not give it away: not every one has a kubelet, or lets logs be read.
 */
export async function logTail(
  cluster: Cluster,
  object: KubernetesObject,
  options: LogTailOptions,
): Promise<string | undefined> {
  try {
    const pod = object.kind === 'Pod' ? object : await podOf(cluster, object, options.signal)
    if (pod === undefined) return undefined
    const type = await requireType(cluster, podType)
    const ref = { ...podType, name: pod.metadata.name, namespace: pod.metadata.namespace ?? '' }
    const container = containerOf(pod)
    const query = queryOf({ tailLines: options.lines, limitBytes: options.bytes, container })
    const path = `${objectPath(type, ref)}/log${query}`
    const answer = await request(cluster.connection, {
      method: 'GET',
      path,
      accept: 'text/plain, */*',
      ref,
      signal: options.signal,
    })
    return answer.body === '' ? undefined : answer.body
  } catch {
    options.signal?.throwIfAborted()
    return undefined
  }
}

async function podOf(
  cluster: Cluster,
  job: KubernetesObject,
  signal: AbortSignal | undefined,
): Promise<KubernetesObject | undefined> {
  const labels = recordOf(recordOf(fieldsOf(job, 'spec')['selector'])['matchLabels'])
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',')
  if (job.kind !== 'Job' || labelSelector === '') return undefined
  const type = await requireType(cluster, podType)
  const { items } = await list(cluster, type, { namespace: job.metadata.namespace, labelSelector, signal })
  // A selector of one's own may fit pods of others.
  const byAge = items.filter((pod) => isOwnedBy(pod, job)).toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)))
  return byAge.find((pod) => podHealth(pod).status === 'Degraded') ?? byAge[0]
}

function containerOf(pod: KubernetesObject): string | undefined {
  const statuses = [
    ...listOf(fieldsOf(pod, 'status')['initContainerStatuses']),
    ...listOf(fieldsOf(pod, 'status')['containerStatuses']),
  ]
  const failed = statuses.find(({ state, lastState }) => [state, lastState].some(hasFailed))
  const [first] = listOf(fieldsOf(pod, 'spec')['containers'])
  return textOf((failed ?? first)?.['name']) || undefined
}

function hasFailed(state: unknown): boolean {
  const { exitCode } = recordOf(recordOf(state)['terminated'])
  return typeof exitCode === 'number' && exitCode !== 0
}

function createdAt({ metadata }: KubernetesObject): string {
  return textOf(metadata['creationTimestamp'])
}
