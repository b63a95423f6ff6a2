import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { migrate, openEventLog } from '@plimsoll/event-log'
import { openJetStream } from '@plimsoll/jetstream'
import { discover, KubernetesError, openCluster } from '@plimsoll/kubernetes'
import { maskCredentials } from '@plimsoll/runtime'
import { CliError, type Trouble } from '../cli-error.ts'

/** What the user names in place of what would be started or chosen. */
export type Given = {
  readonly postgres?: string | undefined
  readonly nats?: string | undefined
  /** Path of a kubeconfig. */
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  /** Port of the api. */
  readonly port?: number | undefined
}

const patienceMs = 5_000

/**
 * Checks at once all that the user names, before minutes may pass on what is built and started.
 * @throws CliError with every trouble. A cluster that is only away is told: services wait for it.
 */
export async function checkGiven(given: Given, tell: (line: string) => void): Promise<void> {
  const { postgres, nats, kubeconfig, context, port } = given
  const troubles = await Promise.all([
    postgres === undefined ? undefined : troubleOf(() => checkPostgres(postgres), ofPostgres(postgres)),
    nats === undefined ? undefined : troubleOf(() => checkNats(nats), ofNats(nats)),
    kubeconfig === undefined
      ? undefined
      : troubleOf(() => checkCluster(kubeconfig, context, tell), ofKubeconfig(kubeconfig)),
    port === undefined ? undefined : troubleOf(() => checkPort(port), ofPort(port)),
  ])
  const found = troubles.filter((trouble) => trouble !== undefined)
  if (found.length > 0) throw new CliError(found)
}

type Frame = Omit<Trouble, 'because'>

async function troubleOf(check: () => Promise<void>, frame: Frame): Promise<Trouble | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    const because = error instanceof Error && error.message !== '' ? error.message : String(error)
    return { ...frame, because: maskCredentials(because) }
  }
}

async function checkPostgres(url: string): Promise<void> {
  const { protocol, hostname, port } = URL.parse(url) ?? {}
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') throw new TypeError('it is no postgres:// URL')
  if (hostname) await dial(hostname, Number(port || 5432))
  await using log = openEventLog({ url, maxConnections: 1 })
  await migrate(log)
}

function ofPostgres(url: string): Frame {
  return {
    what: 'Postgres cannot be used',
    where: `--postgres ${maskCredentials(url)}`,
    try: 'Correct the URL, start that server, or leave --postgres out: one of its own is started.',
  }
}

/** Whether anybody listens there at all: a driver takes long to give up, and then says something else. */
async function dial(host: string, port: number): Promise<void> {
  const socket = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) })
  } catch (error) {
    throw error instanceof Error && error.name === 'AbortError'
      ? new Error(`${host}:${port} did not answer within ${patienceMs / 1_000} s`, { cause: error })
      : error
  } finally {
    socket.destroy()
  }
}

async function checkNats(url: string): Promise<void> {
  await using js = await openJetStream({ url, name: 'plimsoll', connectTimeoutMs: 3_000 })
  await js.manager.getAccountInfo().catch((error: Error) => {
    throw new Error(`it answers, but without JetStream: ${error.message}`, { cause: error })
  })
}

function ofNats(url: string): Frame {
  return {
    what: 'NATS cannot be used',
    where: `--nats ${maskCredentials(url)}`,
    try: 'Correct the URL, start that server (with JetStream: `nats-server -js`), or leave --nats out: one of its own is started.',
  }
}

async function checkCluster(
  kubeconfig: string,
  context: string | undefined,
  tell: (line: string) => void,
): Promise<void> {
  await using cluster = await openCluster({
    kubeconfig,
    requestTimeoutMs: patienceMs,
    ...(context !== undefined && { context }),
  })
  try {
    await discover(cluster)
  } catch (error) {
    if (!(error instanceof KubernetesError) || !['unavailable', 'timeout', 'throttled'].includes(error.kind))
      throw error
    tell(`the cluster does not answer yet, and is waited for: ${error.message}`)
  }
}

function ofKubeconfig(kubeconfig: string): Frame {
  return {
    what: 'The cluster cannot be used',
    where: `--kubeconfig ${kubeconfig}`,
    try: 'Name a kubeconfig (and a --context) with which `kubectl get nodes` works, or leave both out: a cluster of its own is started.',
  }
}

async function checkPort(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

function ofPort(port: number): Frame {
  return {
    what: 'The port of the api cannot be used',
    where: `--port ${port}`,
    try: 'Name another one, or leave --port out: a free one is taken and kept.',
  }
}
