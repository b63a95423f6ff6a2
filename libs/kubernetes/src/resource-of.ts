import type { Cluster } from './cluster.ts'
import type { ResourceType } from './discovery.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { apiVersionOf } from './path-of.ts'
import { describeRef, groupOf } from '@plimsoll/domain'
import type { ObjectRef } from '@plimsoll/domain'

/** What the server calls this kind; undefined when it does not know it, also after asking again. */
export function resourceOf(cluster: Cluster, apiVersion: string, kind: string): Promise<ResourceType | undefined> {
  return cluster.discovery.find(apiVersion, kind)
}

/** The same, in another version if this one is not served (any more): an object is the same in each of them. */
export async function servedAs(cluster: Cluster, apiVersion: string, kind: string): Promise<ResourceType | undefined> {
  const type = await resourceOf(cluster, apiVersion, kind)
  if (type !== undefined) return type
  const group = groupOf(apiVersion)
  return (await discover(cluster)).find((other) => other.group === group && other.kind === kind)
}

/** The reference in a version that the server serves; undefined when it serves none. */
export async function servedRef(cluster: Cluster, ref: ObjectRef): Promise<ObjectRef | undefined> {
  const type = await servedAs(cluster, ref.apiVersion, ref.kind)
  return type && { ...ref, apiVersion: apiVersionOf(type) }
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
