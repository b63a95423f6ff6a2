import type { ServiceAccount } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import type { Credentials } from './credentials.ts'

const known = new WeakMap<Cluster, Map<string, Cluster>>()

/**
 * The same cluster over the same connection, where every request acts as a service account. Its groups are left to the API
 * server, which knows them: so the right to impersonate service accounts is all that the connection's identity needs. It is
 * closed with the one that it is made of.
 */
export function impersonating(cluster: Cluster, account: ServiceAccount): Cluster {
  const { namespace, name } = account
  const user = `system:serviceaccount:${namespace}:${name}`
  const ofCluster = known.get(cluster) ?? new Map<string, Cluster>()
  known.set(cluster, ofCluster)
  const made = ofCluster.get(user) ?? {
    ...cluster,
    own: cluster,
    connection: { ...cluster.connection, account, credentials: as(cluster.connection.credentials, user) },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  ofCluster.set(user, made)
  return made
}

function as(credentials: Credentials, user: string): Credentials {
  return {
    ...credentials,
    headers: async () => {
      const own = Object.entries(await credentials.headers()).filter(([name]) => !name.startsWith('impersonate-'))
      return { ...Object.fromEntries(own), 'impersonate-user': user }
    },
  }
}
