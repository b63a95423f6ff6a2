import { startApi } from '@plimsoll/api'
import { createToken } from '@plimsoll/event-log'
import { createLogger } from '@plimsoll/runtime'
import { openStores, type ServiceContext } from '@plimsoll/service'
import type { Installation } from './installation.ts'

/** An api of an installation, in this process, and an administrator's token for it. */
export type RunningApi = AsyncDisposable & { readonly url: string; readonly port: number; readonly token: string }

/** `port` left out: any free one. */
export async function openApi(installation: Installation, port = 0): Promise<RunningApi> {
  await using stack = new AsyncDisposableStack()
  const { postgresUrl, natsUrl, natsPrefix, key, log, logged } = installation
  const logger = createLogger({ name: 'api', level: 'debug', write: (line) => logged.push(line) })
  const stores = stack.use(await openStores({ postgresUrl, natsUrl, natsPrefix, name: 'test api', logger }))
  const context: ServiceContext = { ...stores, installationKey: key, replica: 'api', logger }
  const api = stack.use(await startApi(context, { port, allowLoopbackClusters: true }))
  const token = await createToken(log, `tester-${crypto.randomUUID()}`, 'admin')
  const opened = stack.move()
  return { url: api.url, port: api.port, token, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
