import { readFile } from 'node:fs/promises'
import { readKubeconfig } from '../src/kubeconfig.ts'
import type { ClusterEntry, UserEntry } from '../src/kubeconfig.ts'
import { testKubeconfig } from './test-cluster.ts'

type Changes<T> = { readonly [field in keyof T]?: T[field] | undefined }

/** The test cluster's kubeconfig as one text, with some of its fields changed. */
export async function kubeconfigWith(
  userChanges: Changes<UserEntry>,
  clusterChanges: Changes<ClusterEntry> = {},
): Promise<string> {
  const access = await readKubeconfig({ kubeconfig: testKubeconfig() })
  const cluster = {
    ...(await inlined(access.cluster, { 'certificate-authority': 'certificate-authority-data' })),
    ...clusterChanges,
  }
  const certificates = { 'client-certificate': 'client-certificate-data', 'client-key': 'client-key-data' }
  const { name: _name, ...user } = { ...(await inlined(access.user, certificates)), ...userChanges }
  return JSON.stringify({
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    'current-context': 'test',
  })
}

async function inlined<T extends object>(entry: T, fields: Readonly<Record<string, string>>): Promise<T> {
  const copy = { ...entry } as Record<string, unknown>
  for (const [file, data] of Object.entries(fields)) {
    const path = copy[file]
    delete copy[file]
    if (typeof path === 'string') copy[data] = (await readFile(path)).toString('base64')
  }
  return copy as T
}
