import { afterAll, beforeAll, expect, test } from 'vitest'
import { apply, endpointOf, get, openCluster, requestToken } from './index.ts'
import { kubeconfigWith } from '../test/kubeconfig-with.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { openTestCluster, testKubeconfig } from '../test/test-cluster.ts'
import type { TestCluster } from '../test/test-cluster.ts'

let fixture: TestCluster
beforeAll(async () => {
  fixture = await openTestCluster()
})
afterAll(() => fixture[Symbol.asyncDispose]())

async function account(name: string): Promise<{ readonly namespace: string; readonly name: string }> {
  const { cluster, namespace } = fixture
  await apply(cluster, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })
  return { namespace, name }
}

test('the bearer of a token is the service account, and has no right of the one who asked for it', async () => {
  const bearer = await account('deployer')
  const { token, expiresAt } = await requestToken(fixture.cluster, bearer, { lifetimeMs: 900_000 })
  const minutes = (expiresAt.getTime() - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(13)
  expect(minutes).toBeLessThan(17)
  const none = { 'client-certificate-data': undefined, 'client-key-data': undefined }
  await using asAccount = await openCluster({ kubeconfigText: await kubeconfigWith({ ...none, token }) })
  const secret = { apiVersion: 'v1', kind: 'Secret', name: 'any', namespace: bearer.namespace }
  expect(await refusalOf(get(asAccount, secret))).toMatchObject({
    kind: 'forbidden',
    refusal: { user: `system:serviceaccount:${bearer.namespace}:deployer` },
  })
})

test('a token lasts ten minutes at least, as no API server gives one for less', async () => {
  const { expiresAt } = await requestToken(fixture.cluster, await account('brief'), { lifetimeMs: 1_000 })
  expect((expiresAt.getTime() - Date.now()) / 60_000).toBeGreaterThan(9)
})

test('an account that is not there, and one that this user may not ask for, are told', async () => {
  const missing = { namespace: fixture.namespace, name: 'nobody' }
  expect(await refusalOf(requestToken(fixture.cluster, missing, { lifetimeMs: 1_000 }))).toMatchObject({
    kind: 'not-found',
    ref: { kind: 'ServiceAccount', ...missing },
  })
  await using unprivileged = await openCluster({ kubeconfig: testKubeconfig('unprivileged') })
  const asked = requestToken(unprivileged, await account('guarded'), { lifetimeMs: 1_000 })
  expect(await refusalOf(asked)).toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('token') as string,
  })
})

test('an endpoint is told without who asks there', async () => {
  const endpoint = await endpointOf(fixture.cluster)
  expect(endpoint).toMatchObject({ isProxied: false, anyCertificate: false, serverName: endpoint.server.hostname })
  expect(endpoint.authority).toMatch(/^-----BEGIN CERTIFICATE-----/)
  const changes = { 'tls-server-name': 'kubernetes', 'proxy-url': 'http://127.0.0.1:1', server: 'https://[::1]:6443/a' }
  await using other = await openCluster({ kubeconfigText: await kubeconfigWith({}, changes) })
  expect(await endpointOf(other)).toMatchObject({ isProxied: true, serverName: 'kubernetes' })
  expect(await endpointOf(other)).toMatchObject({ host: '::1' })
  const { 'tls-server-name': _name, ...plain } = changes
  await using sixth = await openCluster({ kubeconfigText: await kubeconfigWith({}, plain) })
  expect(await endpointOf(sixth)).toMatchObject({ serverName: '::1' })
})

test('where not every address may be, the endpoint is one that may, or none', async () => {
  const kubeconfigText = await kubeconfigWith({}, { server: 'https://localhost:6443' })
  const reached = async (refuseAddress: (address: string) => string | undefined) => {
    await using cluster = await openCluster({ kubeconfigText, refuseAddress })
    return (await endpointOf(cluster)).host
  }
  expect(await reached(() => undefined)).toMatch(/^(127\.0\.0\.1|::1)$/)
  await expect(reached((address) => `${address} is this machine itself`)).rejects.toThrow('is this machine itself')
})
