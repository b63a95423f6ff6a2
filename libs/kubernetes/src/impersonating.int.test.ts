import { cluster as openView, freshNamespace, untilMay } from '@plimsoll/harness'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestCluster, testKubeconfig, type TestCluster } from '../test/test-cluster.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { apply } from './apply.ts'
import { checkCluster } from './check-cluster.ts'
import { openCluster } from './cluster.ts'
import { get } from './get.ts'
import { impersonating } from './impersonating.ts'
import { remediesOf } from './remedy.ts'
import { serverVersion } from './server-version.ts'

let test_: TestCluster
let other: string
const view = openView()
const rbac = 'rbac.authorization.k8s.io'

beforeAll(async () => {
  test_ = await openTestCluster()
  other = await freshNamespace()
  const { namespace } = test_
  await view.apply(`/apis/${rbac}/v1/namespaces/${namespace}/roles/deployer`, {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name: 'deployer' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch'] }],
  })
  await view.apply(`/apis/${rbac}/v1/namespaces/${namespace}/rolebindings/deployer`, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'deployer' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'deployer' },
    // Its groups count too, which nobody sends.
    subjects: [{ kind: 'Group', apiGroup: rbac, name: `system:serviceaccounts:${namespace}` }],
  })
  await untilMay(`${namespace}/anyone`, [{ namespace, verb: 'patch', resource: 'configmaps' }])
})
afterAll(async () => {
  await test_[Symbol.asyncDispose]()
  view[Symbol.dispose]()
})

const configMap = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace },
  data: { x: '1' },
})

test('requests act as the service account, with the rights of its groups and no others', async () => {
  const { cluster, namespace } = test_
  const account = impersonating(cluster, { namespace, name: 'anyone' })
  await apply(account, configMap(namespace), { precondition: { create: true } })
  expect(await get(account, { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace })).toMatchObject({
    data: { x: '1' },
  })
  const refused = await refusalOf(apply(account, configMap(other), { precondition: { create: true } }))
  expect(refused).toMatchObject({
    kind: 'forbidden',
    retryable: false,
    refusal: { cause: 'right', user: `system:serviceaccount:${namespace}:anyone`, resource: 'configmaps' },
  })
  expect(refused.message).toContain(`system:serviceaccount:${namespace}:anyone`)
  expect(remediesOf(refused).join()).toContain(`--serviceaccount=${namespace}:anyone`)
  // The way itself stays what it was, and both share it.
  await apply(cluster, configMap(other), { precondition: { create: true } })
  expect(cluster.connection.sockets()).toBe(1)
  expect(impersonating(cluster, { namespace, name: 'anyone' })).toBe(account)
  expect(await serverVersion(account)).toMatch(/^1\.\d+/)
})

test('a connection that may not impersonate is told apart, with what grants it', async () => {
  await using weak = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
  const account = impersonating(weak, { namespace: test_.namespace, name: 'deployer' })
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: test_.namespace }
  const refused = await refusalOf(get(account, ref))
  expect(refused).toMatchObject({
    kind: 'forbidden',
    refusal: { cause: 'impersonation', user: 'unprivileged' },
    account: { namespace: test_.namespace, name: 'deployer' },
  })
  expect(refused.message).toContain(`service account ${test_.namespace}/deployer`)
  const [grant] = remediesOf(refused)
  expect(grant).toContain(`--verb=impersonate --resource=serviceaccounts --resource-name=deployer`)
  expect(grant).toContain(`--namespace=${test_.namespace}`)
})

test('a check tells version and uid, and an identity that may not look says no uid', async () => {
  const uid = (await view.get('/api/v1/namespaces/kube-system'))?.metadata.uid
  expect(await checkCluster(test_.cluster)).toEqual({ version: expect.stringMatching(/^1\.\d+\.\d+$/), uid })
  await using weak = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
  expect(await checkCluster(weak)).toMatchObject({ uid: null })
})
