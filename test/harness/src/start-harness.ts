import {
  describeProgress,
  openToolbox,
  processStart,
  sparsely,
  startControlPlane,
  startNats,
  startPostgres,
  startTogether,
  type ControlPlane,
  type ToolName,
} from '@plimsoll/embedded'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestEnvironment } from './test-environment.ts'

export type HarnessOptions = {
  /** Where the servers keep their state; it stays there afterwards. Default a temporary folder, removed in the end. */
  readonly dir?: string
  /** Hears what takes long or goes wrong, a line each. Default standard error. */
  readonly tell?: (line: string) => void
}

export type Harness = AsyncDisposable & {
  /** What tests read, as environment variables. */
  readonly env: TestEnvironment
}

/**
 * Starts the real servers that tests need, at once: Postgres, nats-server and a control plane, all on loopback and
 * with durability given up for speed. The first run on a machine builds what is nowhere to be found.
 */
export async function startHarness({ dir, tell = console.error }: HarnessOptions = {}): Promise<Harness> {
  await using stack = new AsyncDisposableStack()
  const folder = dir ?? (await mkdtemp(join(tmpdir(), `${temporary}${process.pid}-`)))
  await removeAbandoned()
  if (dir === undefined) stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [postgres, nats, cluster, programs] = await startServers(stack, folder, tell)
  const running = stack.move()
  return {
    env: {
      PLIMSOLL_TEST_POSTGRES: postgres.url,
      PLIMSOLL_TEST_NATS: nats.url,
      PLIMSOLL_TEST_KUBECONFIG: cluster.kubeconfig,
      PLIMSOLL_TEST_KUBECONFIG_UNPRIVILEGED: cluster.unprivilegedKubeconfig,
      ...programs,
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const temporary = 'plimsoll-harness-'

/** A harness that was killed could not remove its folder; its servers died with it. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(temporary) && Number.parseInt(name.slice(temporary.length), 10)
    if (!pid || processStart(pid) !== undefined) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
  }
}

async function startServers(stack: AsyncDisposableStack, folder: string, tell: (line: string) => void) {
  const hear = sparsely(tell)
  await using toolbox = openToolbox({ onProgress: (progress) => hear(progress.kind, describeProgress(progress)) })
  const binary = async (name: ToolName) => (await toolbox.find(name)).path

  async function nats() {
    return startNats({ folder: join(folder, 'nats'), binary: await binary('nats-server') })
  }
  async function controlPlane(): Promise<ControlPlane> {
    const [etcd, apiserver, controllerManager] = await Promise.all([
      binary('etcd'),
      binary('kube-apiserver'),
      binary('kube-controller-manager'),
    ])
    return startControlPlane({
      folder: join(folder, 'cluster'),
      binaries: { etcd, apiserver, controllerManager },
      durable: false,
      podStartMs: 20,
      onCrash: ({ name, restartInMs }) => tell(`${name} ended by itself; it starts again in ${restartInMs} ms`),
    })
  }
  const postgres = startPostgres({ folder: join(folder, 'postgres'), durable: false })
  const servers = await startTogether(stack, [postgres, nats(), controlPlane()])
  const programs = {
    PLIMSOLL_TOOL_KUSTOMIZE: await binary('kustomize'),
    PLIMSOLL_TOOL_HELM: await binary('helm'),
    PLIMSOLL_TOOL_PLIMSOLL_SANDBOX: await binary('plimsoll-sandbox'),
  }
  return [...servers, programs] as const
}
