import { sealKey } from '@plimsoll/event-log'

/** Digests what is ours in the live objects of a cluster, Secrets included: who lacks the installation's key can test no guess. */
export function clusterHash(installationKey: Uint8Array, cluster: string): (text: string) => string {
  const key = sealKey(installationKey, `cluster:${cluster}`)
  return (text) => key.digest(Buffer.from(text))
}
