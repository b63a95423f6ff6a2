import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiserver, startEtcd } from '@plimsoll/embedded'
import { testTool } from './test-tool.ts'

export type AnotherCluster = AsyncDisposable & {
  readonly port: number
  /** Of an administrator. */
  readonly kubeconfig: string
}

/** Starts a second cluster beside the harness's: an API server with an etcd of its own, without controllers. Disposing kills it. */
export async function anotherCluster(): Promise<AnotherCluster> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-cluster-'))
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  const [etcdBinary, binary] = await Promise.all([testTool('etcd'), testTool('kube-apiserver')])
  const etcd = stack.use(await startEtcd({ folder: join(folder, 'etcd'), binary: etcdBinary, durable: false }))
  const { port, kubeconfig } = stack.use(await startApiserver({ folder: join(folder, 'apiserver'), binary, etcd }))
  const running = stack.move()
  return { port, kubeconfig, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
