import { freshNamespace, untilMay, type Cluster } from '@plimsoll/harness'

/** A fresh namespace, with an account in it, `deployer`, that may do all there. Whoever runs commands is one. */
export async function deployer(view: Cluster): Promise<string> {
  const namespace = await freshNamespace()
  const rbac = 'rbac.authorization.k8s.io'
  const metadata = { name: 'deployer', namespace }
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata }
  await view.apply(`/api/v1/namespaces/${namespace}/serviceaccounts/deployer`, account)
  await view.apply(`/apis/${rbac}/v1/namespaces/${namespace}/rolebindings/deployer`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
  })
  await untilMay(`${namespace}/deployer`, [{ namespace, verb: 'create', resource: 'configmaps' }])
  return namespace
}
