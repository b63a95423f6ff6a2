import { deleteClusterCredentials, getClusterCredential, putClusterCredential, sealKey } from '@plimsoll/event-log'
import type { Session } from '@plimsoll/event-log'
import type { ClusterCredential } from '@plimsoll/kubernetes'

/** The credentials of registered clusters, sealed with a key of each. Whoever gives one never gets it back. */
export type ClusterCredentials = {
  /** Names a credential: another one has another fingerprint, and nobody without the installation's key can test a guess. */
  readonly fingerprintOf: (cluster: string, credential: ClusterCredential) => string
  /** Keeps one beside the others: it is in use once the cluster's stream names its fingerprint. */
  readonly put: (cluster: string, credential: ClusterCredential) => Promise<void>
  readonly get: (cluster: string, fingerprint: string) => Promise<ClusterCredential | undefined>
  /** Forgets those of a cluster, but for the one that is named. */
  readonly forget: (cluster: string, but?: string) => Promise<void>
}

export function clusterCredentials(log: Session, installationKey: Uint8Array): ClusterCredentials {
  const keyOf = (cluster: string) => sealKey(installationKey, `cluster-credential:${cluster}`)
  const fingerprintOf = (cluster: string, credential: ClusterCredential) =>
    keyOf(cluster).digest(bodyOf(credential)).replace('hmac:', '').slice(0, 32)
  return {
    fingerprintOf,
    async put(cluster, credential) {
      const fingerprint = fingerprintOf(cluster, credential)
      await putClusterCredential(log, cluster, fingerprint, keyOf(cluster).seal(bodyOf(credential), fingerprint))
    },
    async get(cluster, fingerprint) {
      const sealed = await getClusterCredential(log, cluster, fingerprint)
      if (sealed === undefined) return undefined
      return JSON.parse(Buffer.from(keyOf(cluster).unseal(sealed, fingerprint)).toString('utf8')) as ClusterCredential
    },
    forget: (cluster, but) => deleteClusterCredentials(log, cluster, but),
  }
}

function bodyOf(credential: ClusterCredential): Buffer {
  return Buffer.from(JSON.stringify(credential, Object.keys(credential).toSorted()))
}
