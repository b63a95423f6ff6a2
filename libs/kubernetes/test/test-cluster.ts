import { freshNamespace, testEnvironment } from '@plimsoll/harness'
import { openCluster } from '../src/cluster.ts'
import type { Cluster, ClusterOptions } from '../src/cluster.ts'
import { remove } from '../src/remove.ts'

/** The real control plane that the harness started, with a fresh namespace on it. */
export type TestCluster = AsyncDisposable & { readonly cluster: Cluster; readonly namespace: string }

export async function openTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await openCluster({ kubeconfig: testKubeconfig(), ...options })
  const namespace = await freshNamespace()
  return {
    cluster,
    namespace,
    [Symbol.asyncDispose]: async () => {
      await remove(cluster, { apiVersion: 'v1', kind: 'Namespace', name: namespace }, {})
      await cluster[Symbol.asyncDispose]()
    },
  }
}

export function testKubeconfig(user: 'administrator' | 'unprivileged' = 'administrator'): string {
  return testEnvironment(
    user === 'administrator' ? 'PLIMSOLL_TEST_KUBECONFIG' : 'PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED',
  )
}
