import { randomBytes } from 'node:crypto'
import { apply } from '../apply.ts'
import { openCluster } from '../cluster.ts'
import type { Cluster, ClusterOptions } from '../cluster.ts'
import { remove } from '../remove.ts'

/** The real control plane that the harness started, with a fresh namespace on it. */
export type TestCluster = AsyncDisposable & { readonly cluster: Cluster; readonly namespace: string }

export async function openTestCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await openCluster({ kubeconfig: testKubeconfig(), ...options })
  const namespace = `t-${randomBytes(5).toString('hex')}`
  await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  return {
    cluster,
    namespace,
    [Symbol.asyncDispose]: async () => {
      await remove(cluster, { apiVersion: 'v1', kind: 'Namespace', name: namespace }, {})
      await cluster[Symbol.asyncDispose]()
    },
  }
}

export function testKubeconfig(variable = 'PLIMSOLL_TEST_KUBECONFIG'): string {
  const path = process.env[variable]
  if (!path) throw new Error(`${variable} is not set: run the tests by \`npm test\`, which starts a control plane`)
  return path
}
