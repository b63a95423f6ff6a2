import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createClient, type Client, type Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { createToken, liveGeneration, type EventLog } from '@plimsoll/event-log'
import { freshDatabase, testEnvironment, until } from '@plimsoll/harness'
import { EventService, GitOpsService, SystemService } from '@plimsoll/proto'
import { createLogger } from '@plimsoll/runtime'
import { openStores, type ServiceContext } from '@plimsoll/service'
import { startApi, type ApiOptions } from '../src/api.ts'

export type TestApi = AsyncDisposable & {
  readonly context: ServiceContext
  readonly log: EventLog
  readonly url: string
  readonly port: number
  readonly token: string
  /** What the api's logger wrote. */
  readonly logged: readonly string[]
  readonly transport: Transport
  readonly gitops: Client<typeof GitOpsService>
  readonly events: Client<typeof EventService>
  readonly system: Client<typeof SystemService>
}

/** A real api over a database of its own; with `projection`, a real one runs beside it, as a process. */
export async function openTestApi({
  projection = true,
  ...options
}: ApiOptions & { readonly projection?: boolean } = {}): Promise<TestApi> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const natsUrl = testEnvironment('PLIMSOLL_TEST_NATS')
  const natsPrefix = `t${randomBytes(6).toString('hex')}`
  const logged: string[] = []
  const logger = createLogger({ name: 'api-test', write: (line) => logged.push(line) })
  const stores = stack.use(
    await openStores({ postgresUrl: database.url, natsUrl, natsPrefix, name: 'api-test', logger }),
  )
  const { log } = stores
  if (projection)
    stack.use(
      startProjection({
        PLIMSOLL_POSTGRES_URL: database.url,
        PLIMSOLL_NATS_URL: natsUrl,
        PLIMSOLL_NATS_PREFIX: natsPrefix,
      }),
    )
  const context: ServiceContext = { ...stores, installationKey: randomBytes(32), replica: 'test', logger }
  const api = stack.use(await startApi(context, options))
  const token = await createToken(log, 'tester', 'admin')
  if (projection)
    await until(async () => (await liveGeneration(log, 'status')) !== undefined, { what: 'the projection runs' })
  const transport = connectTransport(api.url, token)
  return {
    context,
    log,
    url: api.url,
    port: api.port,
    token,
    logged,
    transport,
    gitops: createClient(GitOpsService, transport),
    events: createClient(EventService, transport),
    system: createClient(SystemService, transport),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export function connectTransport(baseUrl: string, token: string | undefined): Transport {
  return createConnectTransport({
    baseUrl,
    httpVersion: '2',
    interceptors: [
      (next) => (request) => {
        if (token !== undefined) request.header.set('authorization', `Bearer ${token}`)
        return next(request)
      },
    ],
  })
}

/** An app may not import another app, so it runs as users run it. */
function startProjection(env: Readonly<Record<string, string>>): AsyncDisposable {
  const main = join(import.meta.dirname, '..', '..', 'projection', 'src', 'main.ts')
  const settings = { PATH: process.env['PATH'] ?? '', PLIMSOLL_LOG_LEVEL: 'error', ...env }
  // Pipes, not our own output: a process that outlives a killed test run must not keep that open.
  const child = spawn(process.execPath, [main], { env: settings, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => process.stderr.write(text))
  const exited = once(child, 'exit')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
