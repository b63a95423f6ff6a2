import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ClusterRow } from '@plimsoll/domain'
import type { ClusterSchema } from '@plimsoll/proto'

/** What is shown of a cluster: never its credentials, but when they expire. */
export function toCluster(
  id: string,
  { config, reachable, message, version, since }: ClusterRow,
  workflows: readonly string[],
  expiresAt: Date | null,
): MessageInitShape<typeof ClusterSchema> {
  return {
    id,
    server: config?.server ?? '',
    context: config?.context ?? '',
    ca: config?.ca ?? '',
    tlsServerName: config?.tls_server_name ?? '',
    proxy: config?.proxy ?? '',
    credentialsType: config?.credentials ?? '',
    state: reachable === null ? 'unknown' : reachable ? 'reachable' : 'away',
    message: message ?? '',
    ...(since !== null && { since: timestampFromDate(new Date(since)) }),
    version: version ?? '',
    workflows: [...workflows],
    registered: config !== null,
    ...(expiresAt !== null && { credentialsExpireAt: timestampFromDate(expiresAt) }),
  }
}
