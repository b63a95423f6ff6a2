import { repositoryStream } from '@plimsoll/domain'
import type { PositionedEvent, Wake } from '@plimsoll/event-log'
import { startWork } from '@plimsoll/service'
import type { ServiceContext } from '@plimsoll/service'
import { openSources } from './open-source.ts'
import { pollRepository } from './poll-repository.ts'

export type PollerOptions = {
  /** Folder for mirrors of this process alone. */
  readonly cacheDir: string
  /** Whether a local folder may be a repository: only where the user owns the machine. */
  readonly allowFileRemotes: boolean
  readonly knownHosts?: string | undefined
}

const leaseMs = 30_000
const pollsAtOnce = 8

/** Starts the poller: asks each remote for its head, and records what it finds. */
export async function startPoller(context: ServiceContext, options: PollerOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { log, installationKey } = context
  const sources = stack.use(openSources({ log, installationKey, ...options, knownHosts: options.knownHosts }))
  const handle = pollRepository({ log, openSource: sources.open })
  stack.use(
    startWork(context, {
      service: 'poller',
      route,
      roles: [{ role: 'repository', concurrency: pollsAtOnce, leaseMs, handle }],
    }),
  )
  return stack.move()
}

/** Facts about a repository that ask for a look at its remote; what the poller records itself does not. */
const asks: ReadonlySet<string> = new Set([
  'RepositoryRegistered',
  'RepositoryChanged',
  'CredentialRotated',
  'RefreshRequested',
])

function route({ stream, type, version }: PositionedEvent): readonly Wake[] {
  return stream.startsWith(repositoryStream('')) && asks.has(type) ? [{ role: 'repository', stream, version }] : []
}
