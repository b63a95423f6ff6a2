import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { RepositoryConfig, RepositoryRow } from '@plimsoll/domain'
import type { RepositorySchema } from '@plimsoll/proto'
import { durationText } from './duration-text.ts'

/** What is shown of a repository: never its credentials. `workflows`: those that are read from it, where they are asked for. */
export function toRepository(
  config: RepositoryConfig,
  { head, failure, failing_since: since = null }: Pick<RepositoryRow, 'head' | 'failure'> & Partial<RepositoryRow>,
  workflows: readonly string[] = [],
): MessageInitShape<typeof RepositorySchema> {
  return {
    id: config.id,
    url: config.url,
    branch: config.branch,
    pollInterval: durationText(config.poll_interval_ms),
    credentialsType: config.credentials ?? '',
    ca: config.ca ?? '',
    proxy: config.proxy ?? '',
    knownHosts: config.known_hosts ?? '',
    ...(head !== null && {
      head: {
        revision: head.revision,
        message: head.message,
        author: head.author,
        committedAt: timestampFromDate(new Date(head.committed_at)),
      },
    }),
    ...(failure !== null && {
      failure: {
        kind: failure.kind,
        message: failure.message,
        retryable: failure.retryable,
        ...(since !== null && { since: timestampFromDate(new Date(since)) }),
      },
    }),
    workflows: [...workflows],
  }
}
