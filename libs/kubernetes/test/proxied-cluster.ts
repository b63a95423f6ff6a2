import { tcpProxy } from '@plimsoll/harness'
import type { TcpProxy } from '@plimsoll/harness'
import { openCluster } from '../src/cluster.ts'
import type { Cluster, ClusterOptions } from '../src/cluster.ts'
import { readKubeconfig } from '../src/kubeconfig.ts'
import { kubeconfigWith } from './kubeconfig-with.ts'
import { testKubeconfig } from './test-cluster.ts'

export type ProxiedCluster = AsyncDisposable & { readonly cluster: Cluster; readonly proxy: TcpProxy }

/** The test cluster, reached through a proxy that the test can break. */
export async function openProxiedCluster(options: ClusterOptions = {}): Promise<ProxiedCluster> {
  const { cluster: entry } = await readKubeconfig({ kubeconfig: testKubeconfig() })
  const { hostname, port } = new URL(entry.server)
  const proxy = await tcpProxy({ host: hostname, port: Number(port) })
  const server = `https://${proxy.host}:${proxy.port}`
  const kubeconfigText = await kubeconfigWith({}, { server, 'tls-server-name': entry['tls-server-name'] ?? hostname })
  const cluster = await openCluster({ kubeconfigText, ...options })
  return {
    cluster,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}
