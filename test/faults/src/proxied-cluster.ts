import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tcpProxy, testEnvironment, type TcpProxy } from '@plimsoll/harness'

export type ProxiedCluster = AsyncDisposable & {
  readonly proxy: TcpProxy
  /** Of an administrator; leads through the proxy. */
  readonly kubeconfig: string
}

/** Puts a proxy before the test cluster's API server, and writes a kubeconfig that goes through it. */
export async function proxiedCluster(folder: string): Promise<ProxiedCluster> {
  const text = await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), 'utf8')
  const [, port] = /https:\/\/127\.0\.0\.1:(\d+)/.exec(text) ?? []
  const proxy = await tcpProxy({ port: Number(port) })
  const kubeconfig = join(folder, `kubeconfig-${proxy.port}`)
  await writeFile(kubeconfig, text.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`), { mode: 0o600 })
  return { proxy, kubeconfig, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}
