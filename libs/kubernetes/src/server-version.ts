import { parseJson } from '@plimsoll/domain'
import type { Cluster } from './cluster.ts'
import type { Connection } from './connection.ts'
import { request } from './request.ts'

const keptMs = 300_000
const known = new WeakMap<Connection, { readonly version: string; readonly until: number }>()

/** The version of the API server, as `1.36.4`. Asked every few minutes at most. Throws KubernetesError. */
export async function serverVersion({ connection }: Cluster, signal?: AbortSignal): Promise<string> {
  const kept = known.get(connection)
  if (kept !== undefined && kept.until > performance.now()) return kept.version
  const { body } = await request(connection, { method: 'GET', path: '/version', signal })
  const { gitVersion } = parseJson(body) as { readonly gitVersion?: string }
  const version = /^v?(\d+\.\d+\.\d+)/.exec(gitVersion ?? '')?.[1] ?? ''
  known.set(connection, { version, until: performance.now() + keptMs })
  return version
}
