import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { join } from 'node:path'
import { ensureToken, startApi } from '@plimsoll/api'
import { startDiffer } from '@plimsoll/differ'
import { holdFolder, keptPort } from '@plimsoll/embedded'
import { installationKey } from '@plimsoll/event-log'
import { startPoller } from '@plimsoll/poller'
import { startProjection } from '@plimsoll/projection'
import { createLogger } from '@plimsoll/runtime'
import type { Logger } from '@plimsoll/runtime'
import { openClusters, openStores } from '@plimsoll/service'
import type { ServiceContext } from '@plimsoll/service'
import { startSyncer } from '@plimsoll/syncer'
import type { ClientFile } from '../client.ts'
import { openParts } from './open-parts.ts'
import type { Parts, PartsOptions } from './open-parts.ts'

export type UpOptions = PartsOptions & {
  /** Port of the api; without one it is chosen once and kept. */
  readonly port?: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Plimsoll, whole, in this process. Disposing ends it: services first, then what they stand on. */
export type Plimsoll = AsyncDisposable & {
  /** Address of the api. */
  readonly url: string
  /** Path of the kubeconfig of the cluster `default`. */
  readonly kubeconfig: string | undefined
  readonly logFile: string
}

const connectionsToPostgres = 24

/** Starts every part and every service on one state folder, and writes there how the command line client finds them. */
export async function startPlimsoll(options: UpOptions): Promise<Plimsoll> {
  await using stack = new AsyncDisposableStack()
  const { folder, tell } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  stack.use(await holdFolder(folder))
  const logFile = join(folder, 'plimsoll.log')
  const logger = openLog(stack, logFile, tell)
  const parts = stack.use(await openParts(options))
  const { url } = await startServices(stack, options, parts, logger)
  const running = stack.move()
  return { url, kubeconfig: parts.kubeconfig, logFile, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function startServices(
  stack: AsyncDisposableStack,
  { folder, env, port, context: kubeContext, tell, signal }: UpOptions,
  { postgresUrl, natsUrl, kubeconfig, embedded }: Parts,
  logger: Logger,
): Promise<{ readonly url: string }> {
  const key = await installationKey({ env: env['PLIMSOLL_KEY'], file: env['PLIMSOLL_KEY_FILE'], createIn: folder })
  const stores = stack.use(
    await openStores({ postgresUrl, natsUrl, name: 'plimsoll', maxConnections: connectionsToPostgres, logger, signal }),
  )
  const context: ServiceContext = { ...stores, installationKey: key, replica: `up-${process.pid}`, logger }
  const clusters = await openClusters(stack, { PLIMSOLL_KUBECONFIG: kubeconfig, PLIMSOLL_CONTEXT: kubeContext })
  const allowFileRemotes = embedded
  tell('services')
  stack.use(await startProjection(context))
  stack.use(startPoller(context, { cacheDir: folder, allowFileRemotes }))
  stack.use(await startDiffer(context, { clusters }))
  stack.use(startSyncer(context, { clusters }))
  const webhookSecret = env['PLIMSOLL_WEBHOOK_SECRET']
  const apiPort = port ?? (await keptPort(folder, 'api'))
  const api = stack.use(await startApi(context, { port: apiPort, allowFileRemotes, webhookSecret }))
  await ensureToken(stores.log, 'local', join(folder, 'token'))
  await writeClientFile(folder, { server: api.url, tokenFile: 'token' })
  return { url: api.url }
}

async function writeClientFile(folder: string, content: ClientFile): Promise<void> {
  const file = join(folder, 'client.json')
  await writeFile(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** All goes to a file; what a person should know of goes to the terminal too. */
function openLog(stack: AsyncDisposableStack, file: string, tell: (line: string) => void): Logger {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
  stream.on('error', (error) => tell(`the log cannot be written: ${error.message}`))
  stack.defer(async () => {
    stream.end()
    await finished(stream).catch(() => {})
  })
  return createLogger({ name: 'plimsoll', pretty: false, write: (line) => void stream.write(line) })
}
