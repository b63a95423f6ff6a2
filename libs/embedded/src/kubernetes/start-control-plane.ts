import { join } from 'node:path'
import { supervise, type SuperviseOptions } from '../process/supervise.ts'
import { startPodStandIn } from './pod-stand-in.ts'
import { startApiserver, type Apiserver } from './start-apiserver.ts'
import { startControllerManager } from './start-controller-manager.ts'
import { startEtcd, type Etcd } from './start-etcd.ts'

export type ControlPlaneOptions = SuperviseOptions & {
  /** Holds everything of the control plane, a folder for each part. */
  readonly folder: string
  readonly binaries: {
    readonly etcd: string
    readonly apiserver: string
    readonly controllerManager: string
  }
  /** False gives up etcd's durability for speed: for tests only. */
  readonly durable?: boolean
  /** Share the etcd of another control plane; `etcdPrefix` must then differ. */
  readonly etcd?: Pick<Etcd, 'folder' | 'url'>
  readonly etcdPrefix?: string
  /** A fixed port of the apiserver instead of a free one that is kept. */
  readonly port?: number
  /** How long a pod takes to start, in milliseconds. */
  readonly podStartMs?: number
}

export type ControlPlane = AsyncDisposable & {
  readonly server: string
  /** The certificates that clients trust, PEM. */
  readonly ca: string
  readonly tokens: Readonly<Record<'admin' | 'unprivileged', string>>
  /** Files, mode 0600. */
  readonly kubeconfig: string
  readonly unprivilegedKubeconfig: string
  readonly etcd: Pick<Etcd, 'folder' | 'url'>
  /** The process ids as they are now, by part. */
  pids(): Readonly<Record<string, number>>
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and the pod stand-in, and starts again what crashes. Resolves
 * when the API server is ready; the controllers follow within a second or two. Clients should be closed first.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder, binaries, durable = true } = options
  await using started = new AsyncDisposableStack()
  const etcdOptions = { folder: join(folder, 'etcd'), binary: binaries.etcd, durable }
  const etcd = options.etcd ? undefined : started.use(await supervise('etcd', () => startEtcd(etcdOptions), options))
  const store = options.etcd ?? etcd?.current()
  if (!store) throw new Error('a control plane needs an etcd')

  const apiserverOptions = {
    folder: join(folder, 'apiserver'),
    binary: binaries.apiserver,
    etcd: { folder: store.folder, url: store.url },
    ...(options.etcdPrefix && { etcdPrefix: options.etcdPrefix }),
    ...(options.port && { port: options.port }),
  }
  const startServer = (previous?: Apiserver) =>
    startApiserver({ ...apiserverOptions, ...(previous && { port: previous.port }) })
  const apiserver = started.use(await supervise('kube-apiserver', startServer, options))
  const { server, ca, identity, kubeconfig, unprivilegedKubeconfig } = apiserver.current()

  const managerOptions = { folder: join(folder, 'controller-manager'), binary: binaries.controllerManager }
  const startManager = () => startControllerManager({ ...managerOptions, apiserver: apiserver.current() })
  const manager = started.use(await supervise('kube-controller-manager', startManager, options))
  const { admin: token } = identity.tokens
  started.use(
    startPodStandIn({ server, ca, token, ...(options.podStartMs !== undefined && { startMs: options.podStartMs }) }),
  )

  const running = started.move()
  return {
    server,
    ca,
    tokens: identity.tokens,
    kubeconfig,
    unprivilegedKubeconfig,
    etcd: { folder: store.folder, url: store.url },
    pids: () => ({
      ...(etcd && { etcd: etcd.current().pid }),
      'kube-apiserver': apiserver.current().pid,
      'kube-controller-manager': manager.current().pid,
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
