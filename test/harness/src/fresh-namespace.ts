import { randomBytes } from 'node:crypto'
import { cluster } from './cluster.ts'

/** Makes an empty namespace for one test and returns its name. It goes with the harness's cluster. */
export async function freshNamespace(prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(5).toString('hex')}`
  using admin = cluster()
  await admin.apply(`/api/v1/namespaces/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}
