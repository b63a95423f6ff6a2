import { repositoryStream } from '@plimsoll/domain'
import type { RetentionPolicy } from '@plimsoll/domain'
import { sealKey } from '@plimsoll/event-log'
import type { PositionedEvent, Wake } from '@plimsoll/event-log'
import { startWork } from '@plimsoll/service'
import type { Service, ServiceContext } from '@plimsoll/service'
import { openSources } from './open-source.ts'
import { pollRepository } from './poll-repository.ts'
import { openSweeper } from './sweep-objects.ts'

export type PollerOptions = {
  /** Folder for mirrors of this process alone. */
  readonly cacheDir: string
  /** Whether a local folder may be a repository: only where the user owns the machine. */
  readonly allowFileRemotes: boolean
  readonly knownHosts?: string | undefined
  /** What is kept of the past; without it everything. */
  readonly retention?: RetentionPolicy | undefined
}

const leaseMs = 30_000
const pollsAtOnce = 8

/** Starts the poller: asks each remote for its head, and records what it finds. */
export function startPoller(context: ServiceContext, options: PollerOptions): Service {
  const { log, installationKey } = context
  const sources = openSources({ log, installationKey, ...options, knownHosts: options.knownHosts })
  const sealOf = (repository: string) => sealKey(installationKey, `repository:${repository}`)
  const sweep = openSweeper({ log, sealOf, policy: options.retention })
  const handle = pollRepository({ log, openSource: sources.open, sweep })
  const roles = [{ role: 'repository', concurrency: pollsAtOnce, leaseMs, handle }]
  const work = startWork(context, { service: 'poller', route, roles })
  return {
    ready: work.ready,
    [Symbol.asyncDispose]: async () => {
      await work[Symbol.asyncDispose]()
      await sources[Symbol.asyncDispose]()
    },
  }
}

/** Facts about a repository that ask for a look at its remote; what the poller records itself does not. */
const asks: ReadonlySet<string> = new Set([
  'RepositoryRegistered',
  'RepositoryChanged',
  'CredentialRotated',
  'RefreshRequested',
  'RevisionRequested',
  'RepositoryDeleted',
])

function route({ stream, type, version }: PositionedEvent): readonly Wake[] {
  return stream.startsWith(repositoryStream('')) && asks.has(type) ? [{ role: 'repository', stream, version }] : []
}
