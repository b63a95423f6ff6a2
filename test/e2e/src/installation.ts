import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openEventLog, type EventLog } from '@plimsoll/event-log'
import { freshDatabase, testEnvironment } from '@plimsoll/harness'

/** What the services of one Plimsoll share: a database, a NATS prefix, a key; and the cluster that they write to. */
export type Installation = AsyncDisposable & {
  readonly postgresUrl: string
  readonly natsUrl: string
  readonly natsPrefix: string
  readonly kubeconfig: string
  readonly key: Buffer
  /** A folder for whatever its services keep, removed in the end. */
  readonly folder: string
  /** The test's own view of the log. */
  readonly log: EventLog
  /** What services in this process wrote into their log. */
  readonly logged: string[]
}

export type InstallationOptions = Partial<Pick<Installation, 'postgresUrl' | 'natsUrl' | 'kubeconfig'>>

/** Opens an empty installation; without other addresses on the harness's servers. */
export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  const postgresUrl = options.postgresUrl ?? stack.use(await freshDatabase()).url
  const log = stack.use(openEventLog({ url: postgresUrl, maxConnections: 4 }))
  await migrate(log)
  const opened = stack.move()
  return {
    postgresUrl,
    natsUrl: options.natsUrl ?? testEnvironment('PLIMSOLL_TEST_NATS'),
    natsPrefix: `t${randomBytes(6).toString('hex')}`,
    kubeconfig: options.kubeconfig ?? testEnvironment('PLIMSOLL_TEST_KUBECONFIG'),
    key: randomBytes(32),
    folder,
    log,
    logged: [],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
