import { randomBytes } from 'node:crypto'
import { createClient, type Client, type Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { createToken, migrate, openEventLog, type EventLog } from '@plimsoll/event-log'
import { freshDatabase, testEnvironment } from '@plimsoll/harness'
import { openJetStream } from '@plimsoll/jetstream'
import { EventService, GitOpsService, SystemService } from '@plimsoll/proto'
import { createLogger } from '@plimsoll/runtime'
import type { ServiceContext } from '@plimsoll/service'
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

/** A real api over a database of its own. */
export async function openTestApi(options: ApiOptions = {}): Promise<TestApi> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const log = stack.use(openEventLog({ url: database.url }))
  await migrate(log)
  const prefix = `t${randomBytes(6).toString('hex')}`
  const js = stack.use(await openJetStream({ url: testEnvironment('PLIMSOLL_TEST_NATS'), name: 'api-test', prefix }))
  const logged: string[] = []
  const logger = createLogger({ name: 'api-test', write: (line) => logged.push(line) })
  const context = { log, js, installationKey: randomBytes(32), replica: 'test', logger }
  const api = stack.use(await startApi(context, options))
  const token = await createToken(log, 'tester', 'admin')
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
