import { readFile } from 'node:fs/promises'
import { openCluster } from '../cluster.ts'
import type { Cluster, ClusterOptions } from '../cluster.ts'
import { readKubeconfig } from '../kubeconfig.ts'
import { openTcpProxy } from './tcp-proxy.ts'
import type { TcpProxy } from './tcp-proxy.ts'
import { testKubeconfig } from './test-cluster.ts'

/** The test cluster, reached through a proxy that the test can break. */
export async function openProxiedCluster(
  options: ClusterOptions = {},
): Promise<AsyncDisposable & { readonly cluster: Cluster; readonly proxy: TcpProxy }> {
  const { cluster: entry, user } = await readKubeconfig({ kubeconfig: testKubeconfig() })
  const server = new URL(entry.server)
  const proxy = await openTcpProxy({ host: server.hostname, port: Number(server.port) })
  const inline = async (path: string | undefined, data: string | undefined): Promise<string | undefined> =>
    path ? (await readFile(path)).toString('base64') : data
  const kubeconfig = {
    clusters: [
      {
        name: 'proxied',
        cluster: {
          server: `https://127.0.0.1:${proxy.port}`,
          'tls-server-name': entry['tls-server-name'] ?? server.hostname,
          'certificate-authority-data': await inline(
            entry['certificate-authority'],
            entry['certificate-authority-data'],
          ),
        },
      },
    ],
    users: [
      {
        name: 'user',
        user: {
          token: user.token,
          'client-certificate-data': await inline(user['client-certificate'], user['client-certificate-data']),
          'client-key-data': await inline(user['client-key'], user['client-key-data']),
        },
      },
    ],
    contexts: [{ name: 'proxied', context: { cluster: 'proxied', user: 'user' } }],
    'current-context': 'proxied',
  }
  const cluster = await openCluster({ kubeconfigText: JSON.stringify(kubeconfig), ...options })
  return {
    cluster,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
  }
}
