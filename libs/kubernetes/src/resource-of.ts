import type { Cluster } from './cluster.ts'
import type { ResourceType } from './discovery.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { describeRef } from '@plimsoll/domain'
import type { ObjectRef } from '@plimsoll/domain'

/** What the server calls this kind; undefined when it does not know it, also after asking again. */
export function resourceOf(cluster: Cluster, apiVersion: string, kind: string): Promise<ResourceType | undefined> {
  return cluster.discovery.find(apiVersion, kind)
}

/** Every kind that the server knows. */
export function discover(cluster: Cluster): Promise<readonly ResourceType[]> {
  return cluster.discovery.types()
}

export async function requireType(cluster: Cluster, ref: ObjectRef): Promise<ResourceType> {
  const type = await resourceOf(cluster, ref.apiVersion, ref.kind)
  if (type) return type
  const message = `the cluster does not know the kind ${ref.kind} in ${ref.apiVersion} (${describeRef(ref)})`
  throw new KubernetesError({ kind: 'unknown-kind', message, retryable: false, ref })
}
