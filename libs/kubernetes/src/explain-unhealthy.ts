import type { KubernetesObject } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import { fieldsOf, recordOf, textOf } from './health/health-status.ts'
import { podHealth } from './health/pod-health.ts'
import { isOwnedBy } from './is-owned-by.ts'
import { list } from './list.ts'
import { resourceOf } from './resource-of.ts'

const podOwners = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])

// The answer is a help, not worth a long wait for a server that is away.
const patienceMs = 3000

/** What the newest failing pod of a workload says, as its own status only counts replicas; undefined when no pod fails. */
export async function explainUnhealthy(cluster: Cluster, object: KubernetesObject): Promise<string | undefined> {
  if (!podOwners.has(object.kind)) return undefined
  const labels = recordOf(recordOf(fieldsOf(object, 'spec')['selector'])['matchLabels'])
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',')
  const type = await resourceOf(cluster, 'v1', 'Pod')
  if (labelSelector === '' || !type) return undefined
  const signal = AbortSignal.timeout(patienceMs)
  const { items } = await list(cluster, type, { namespace: object.metadata.namespace, labelSelector, signal })
  const failing = items
    .filter((pod) => object.kind !== 'Job' || isOwnedBy(pod, object))
    .map((pod) => ({ pod, health: podHealth(pod) }))
    .filter(({ health }) => health.status === 'Degraded')
    .sort((a, b) => createdAt(b.pod).localeCompare(createdAt(a.pod)))
  const newest = failing[0]
  return newest && `pod ${newest.pod.metadata.name}: ${newest.health.message}`
}

function createdAt({ metadata }: KubernetesObject): string {
  return textOf(metadata['creationTimestamp'])
}
