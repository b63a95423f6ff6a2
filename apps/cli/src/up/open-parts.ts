import { join } from 'node:path'
import {
  PartFailedError,
  startControlPlane,
  startNats,
  startPostgres,
  startTogether,
  supervise,
} from '@plimsoll/embedded'
import type { Crash, SuperviseOptions, Tool, ToolName } from '@plimsoll/embedded'
import { maskCredentials } from '@plimsoll/runtime'
import { checkGiven, type Given } from './check-given.ts'
import { findTools, label } from './find-tools.ts'

export type PartsOptions = Given & {
  /** The state folder. */
  readonly folder: string
  /** Hears what goes on, a line each. */
  readonly tell: (line: string) => void
  readonly signal: AbortSignal
}

/** The servers that Plimsoll stands on. */
export type Parts = AsyncDisposable & {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly kubeconfig: string
  /** Whether all of them belong to this user on this machine. */
  readonly embedded: boolean
}

type Tools = ReadonlyMap<ToolName, Tool>

/** Starts what was not given, all at once; a server that crashes is told and started again where it was. */
export async function openParts(options: PartsOptions): Promise<Parts> {
  const { folder, tell, signal, postgres, nats, kubeconfig } = options
  await checkGiven(options, tell)
  signal.throwIfAborted()
  const tools = await findTools(neededTools(options), tell, signal)
  const supervision: SuperviseOptions = {
    onCrash: (crash) => tell(describeCrash(crash)),
    onRestart: ({ name, pid }) => tell(`${name} runs again (process ${pid})`),
  }
  await using stack = new AsyncDisposableStack()
  const [store, stream, cluster] = await startTogether(stack, [
    postgres === undefined ? embeddedPostgres(folder, supervision, tell) : given('postgres', postgres, tell),
    nats === undefined ? embeddedNats(folder, tools, supervision, tell) : given('nats-server', nats, tell),
    kubeconfig === undefined ? embeddedCluster(folder, tools, supervision, tell) : given('cluster', kubeconfig, tell),
  ])
  signal.throwIfAborted()
  const running = stack.move()
  return {
    postgresUrl: store.address,
    natsUrl: stream.address,
    kubeconfig: cluster.address,
    embedded: postgres === undefined && nats === undefined && kubeconfig === undefined,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What must be found or built; Postgres comes as an npm package. */
export function neededTools({ nats, kubeconfig }: Given): readonly ToolName[] {
  return [
    ...(nats === undefined ? (['nats-server'] as const) : []),
    ...(kubeconfig === undefined ? (['etcd', 'kube-apiserver', 'kube-controller-manager'] as const) : []),
  ]
}

type Address = AsyncDisposable & { readonly address: string }
type Tell = (line: string) => void

function given(name: string, address: string, tell: Tell): Promise<Address> {
  tell(`${name} as given: ${maskCredentials(address)}`)
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
  tell(`postgres 18 on port ${postgres.current().port}`)
  return { address: postgres.current().url, [Symbol.asyncDispose]: () => postgres.stop() }
}

async function embeddedNats(folder: string, tools: Tools, supervision: SuperviseOptions, tell: Tell): Promise<Address> {
  const options = { folder: join(folder, 'nats'), binary: pathOf('nats-server', tools) }
  const nats = await supervise(
    'nats-server',
    (before?: Awaited<ReturnType<typeof startNats>>) => startNats({ ...options, ...(before && { port: before.port }) }),
    supervision,
  )
  tell(`${label('nats-server', tools)} on port ${nats.current().port}`)
  return { address: nats.current().url, [Symbol.asyncDispose]: () => nats.stop() }
}

async function embeddedCluster(
  folder: string,
  tools: Tools,
  supervision: SuperviseOptions,
  tell: Tell,
): Promise<Address> {
  const cluster = await startControlPlane({
    folder: join(folder, 'cluster'),
    binaries: {
      etcd: pathOf('etcd', tools),
      apiserver: pathOf('kube-apiserver', tools),
      controllerManager: pathOf('kube-controller-manager', tools),
    },
    ...supervision,
  })
  tell(`${label('kube-apiserver', tools)} on port ${new URL(cluster.server).port}`)
  return { address: cluster.kubeconfig, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

function pathOf(name: ToolName, tools: Tools): string {
  const tool = tools.get(name)
  if (tool === undefined) throw new Error(`${name} was not looked for`)
  return tool.path
}

function describeCrash({ name, reason, attempt, restartInMs }: Crash): string {
  const times = attempt > 1 ? `, ${attempt} times in a row` : ''
  const again = `it starts again in ${restartInMs / 1_000} s`
  if (!(reason instanceof Error)) {
    return `${name} ended by itself (${reason.signal ?? `exit code ${reason.code}`})${times}; ${again}`
  }
  const [because] = reason instanceof PartFailedError ? reason.because.split(';') : [reason.message]
  const where = reason instanceof PartFailedError ? ` (${reason.where})` : ''
  return `${name} could not be started${times}: ${because}${where}; ${again}`
}
