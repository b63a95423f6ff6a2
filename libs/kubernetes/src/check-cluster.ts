import type { Cluster } from './cluster.ts'
import { get } from './get.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { serverVersion } from './server-version.ts'

export type CheckedCluster = {
  /** As `1.36.4`. */
  readonly version: string
  /** Of the Namespace kube-system, by which a cluster is known; null if the identity may not read it. */
  readonly uid: string | null
}

/** Whether the server is there and takes the credentials. Throws KubernetesError. */
export async function checkCluster(cluster: Cluster, signal?: AbortSignal): Promise<CheckedCluster> {
  const version = await serverVersion(cluster, signal)
  // A server may tell its version to everybody; what it serves it tells only to those that it knows.
  await cluster.discovery.types()
  return { version, uid: await uidOf(cluster, signal) }
}

async function uidOf(cluster: Cluster, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const found = await get(cluster, { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }, { signal })
    return found?.metadata.uid ?? null
  } catch (error) {
    if (error instanceof KubernetesError && error.kind === 'forbidden') return null
    throw error
  }
}
