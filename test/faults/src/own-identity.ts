import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testEnvironment, untilMay, type Cluster } from '@plimsoll/harness'

const rbac = 'rbac.authorization.k8s.io'

/** Makes an identity that may do `verbs` on everything in the cluster, and writes a kubeconfig of it. */
export async function ownIdentity(admin: Cluster, folder: string, verbs: readonly string[]): Promise<string> {
  const name = `identity-${randomBytes(4).toString('hex')}`
  const metadata = { name }
  const account = `/api/v1/namespaces/default/serviceaccounts/${name}`
  await admin.apply(account, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  await admin.apply(`/apis/${rbac}/v1/clusterroles/${name}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata,
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs }],
  })
  await admin.apply(`/apis/${rbac}/v1/clusterrolebindings/${name}`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'default', name }],
  })
  await untilMay(
    `default/${name}`,
    verbs.map((verb) => ({ verb, resource: 'configmaps' })),
  )
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const { body } = await admin.request('POST', `${account}/token`, request)
  const { token } = (body as { readonly status: { readonly token: string } }).status
  const text = await readFile(testEnvironment('PLIMSOLL_TEST_KUBECONFIG'), 'utf8')
  const kubeconfig = join(folder, name)
  await writeFile(kubeconfig, text.replace(/token: *[^\s,}]+/, `token: ${token}`), { mode: 0o600 })
  return kubeconfig
}
