import { join } from 'node:path'
import {
  describeProgress,
  openToolbox,
  sparsely,
  startControlPlane,
  startNats,
  startPostgres,
  startTogether,
  supervise,
} from '@plimsoll/embedded'
import type { ControlPlane, Crash, SuperviseOptions, ToolName } from '@plimsoll/embedded'

export type PartsOptions = {
  /** The state folder. */
  readonly folder: string
  /** Servers of the user's; what is not given is started. */
  readonly postgres?: string | undefined
  readonly nats?: string | undefined
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  /** Hears what goes on, a line each. */
  readonly tell: (line: string) => void
}

/** The servers that Plimsoll stands on. */
export type Parts = AsyncDisposable & {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly kubeconfig: string | undefined
  /** Whether all of them belong to this user on this machine. */
  readonly embedded: boolean
}

/** Starts what was not given, all at once; a server that crashes is told and started again where it was. */
export async function openParts(options: PartsOptions): Promise<Parts> {
  await using stack = new AsyncDisposableStack()
  const { folder, tell } = options
  const hear = sparsely(tell)
  await using toolbox = openToolbox({
    onProgress: (progress) => hear(`${progress.tool} ${progress.kind}`, describeProgress(progress)),
  })
  const binary = async (name: ToolName) => (await toolbox.find(name)).path
  const supervision: SuperviseOptions = {
    onCrash: (crash) => tell(describeCrash(crash)),
    onRestart: ({ name, pid }) => tell(`${name} runs again (process ${pid})`),
  }
  const [postgres, nats, cluster] = await startTogether(stack, [
    options.postgres === undefined ? embeddedPostgres(folder, supervision, tell) : given(options.postgres),
    options.nats === undefined ? embeddedNats(folder, binary, supervision, tell) : given(options.nats),
    options.kubeconfig === undefined ? embeddedCluster(folder, binary, supervision, tell) : given(options.kubeconfig),
  ])
  const running = stack.move()
  return {
    postgresUrl: postgres.address,
    natsUrl: nats.address,
    kubeconfig: cluster.address,
    embedded: options.postgres === undefined && options.nats === undefined && options.kubeconfig === undefined,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

type Address = AsyncDisposable & { readonly address: string }
type Find = (name: ToolName) => Promise<string>
type Tell = (line: string) => void

function given(address: string): Promise<Address> {
  return Promise.resolve({ address, [Symbol.asyncDispose]: () => Promise.resolve() })
}

async function embeddedPostgres(folder: string, supervision: SuperviseOptions, tell: Tell): Promise<Address> {
  const home = join(folder, 'postgres')
  const postgres = await supervise(
    'postgres',
    (before?: { readonly port: number } & Awaited<ReturnType<typeof startPostgres>>) =>
      startPostgres({ folder: home, ...(before && { port: before.port }) }),
    supervision,
  )
  tell(`postgres on port ${postgres.current().port}`)
  return { address: postgres.current().url, [Symbol.asyncDispose]: () => postgres.stop() }
}

async function embeddedNats(folder: string, find: Find, supervision: SuperviseOptions, tell: Tell): Promise<Address> {
  const options = { folder: join(folder, 'nats'), binary: await find('nats-server') }
  const nats = await supervise(
    'nats-server',
    (before?: Awaited<ReturnType<typeof startNats>>) => startNats({ ...options, ...(before && { port: before.port }) }),
    supervision,
  )
  tell(`nats-server on port ${nats.current().port}`)
  return { address: nats.current().url, [Symbol.asyncDispose]: () => nats.stop() }
}

async function embeddedCluster(
  folder: string,
  find: Find,
  supervision: SuperviseOptions,
  tell: Tell,
): Promise<Address> {
  const etcd = await find('etcd')
  const apiserver = await find('kube-apiserver')
  const controllerManager = await find('kube-controller-manager')
  const cluster: ControlPlane = await startControlPlane({
    folder: join(folder, 'cluster'),
    binaries: { etcd, apiserver, controllerManager },
    ...supervision,
  })
  tell(`kube-apiserver at ${cluster.server}`)
  return { address: cluster.kubeconfig, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

function describeCrash({ name, reason, attempt, restartInMs }: Crash): string {
  const how =
    reason instanceof Error
      ? `could not be started: ${reason.message}`
      : `ended by itself (${reason.signal ?? `code ${reason.code}`})`
  const again = attempt > 1 ? `, for the ${attempt}th time in a row` : ''
  return `${name} ${how}${again}; it starts again in ${restartInMs} ms`
}
