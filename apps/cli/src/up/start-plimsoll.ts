import { createWriteStream, renameSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { join } from 'node:path'
import { processStart, sparsely } from '@plimsoll/embedded'
import { createLogger } from '@plimsoll/runtime'
import type { Logger } from '@plimsoll/runtime'
import type { ClientFile } from '@plimsoll/sdk/node'
import { openParts } from './open-parts.ts'
import type { PartsOptions } from './open-parts.ts'
import { takeStateFolder } from './take-state-folder.ts'
import { upFileOf, type UpFile } from './up-file.ts'

export type UpOptions = PartsOptions & {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Started once the folder is ours and before the services, which find it running. */
  readonly beside?: (() => Promise<AsyncDisposable>) | undefined
}

const maxLogBytes = 16 * 1024 * 1024

const foreignStream =
  'nothing is published to NATS: its stream holds events of another log. Name another server with --nats, or set PLIMSOLL_NATS_PREFIX.'

/** Plimsoll, whole, in this process. Disposing ends it: services first, then what they stand on. */
export type Plimsoll = AsyncDisposable & {
  /** Address of the api. */
  readonly url: string
  /** Path of the kubeconfig of the cluster `default`. */
  readonly kubeconfig: string
  readonly logFile: string
  /** How long it took, in seconds with one digit. */
  readonly seconds: string
}

/** Starts every part and every service on one state folder, and writes there how the command line client finds them. */
export async function startPlimsoll(options: UpOptions): Promise<Plimsoll> {
  const since = performance.now()
  await using stack = new AsyncDisposableStack()
  const { folder, tell, beside, context } = options
  stack.use(await takeStateFolder(folder))
  const logFile = join(folder, 'plimsoll.log')
  const logger = openLog(stack, logFile, tell)
  // The services are a lot of code: it is loaded while the parts start.
  const services = import('./start-services.ts')
  services.catch(() => {})
  const parts = stack.use(await openParts(options))
  const { kubeconfig } = parts
  if (beside !== undefined) stack.use(await beside())
  const { startServices } = await services
  const { url } = stack.use(await startServices({ ...options, logger }, parts))
  tell('poller, differ, syncer, rollback, projection and api in this process')
  await writeFiles(stack, folder, url, { kubeconfig, context })
  const running = stack.move()
  const seconds = ((performance.now() - since) / 1_000).toFixed(1)
  return { url, kubeconfig, logFile, seconds, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

async function writeFiles(
  stack: AsyncDisposableStack,
  folder: string,
  server: string,
  cluster: Pick<UpFile, 'kubeconfig' | 'context'>,
): Promise<void> {
  await writeOwn(join(folder, 'client.json'), { server, tokenFile: 'token' } satisfies ClientFile)
  const { pid } = process
  const up = { pid, start: processStart(pid) ?? '', since: new Date().toISOString(), ...cluster }
  await writeOwn(upFileOf(folder), up satisfies UpFile)
  stack.defer(() => rm(upFileOf(folder), { force: true }))
}

async function writeOwn(file: string, content: object): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** All goes to a file; what a person should know of goes to the terminal too. */
function openLog(stack: AsyncDisposableStack, file: string, tell: (line: string) => void): Logger {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) renameSync(file, `${file}.1`)
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
  stream.on('error', (error) => tell(`the log cannot be written: ${error.message}`))
  stack.defer(async () => {
    stream.end()
    await finished(stream).catch(() => {})
  })
  const hear = sparsely(tell, 60_000)
  const write = (line: string) => {
    stream.write(line)
    if (line.includes('"StreamAheadError"')) hear('stream', foreignStream)
  }
  return createLogger({ name: 'plimsoll', pretty: false, write })
}
