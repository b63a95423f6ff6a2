import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openCluster } from './cluster.ts'
import { get } from './get.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { kubeconfigWith } from '../test/kubeconfig-with.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { testKubeconfig } from '../test/test-cluster.ts'

const anyNamespace = { apiVersion: 'v1', kind: 'Namespace', name: 'default' }

/** An HTTP proxy on loopback that lets one user through, to where he wants or to another host. */
async function httpProxy(user: string, password: string, to?: string) {
  const tunnels: string[] = []
  const server = createServer()
  server.on('connect', ({ url = '', headers }, client) => {
    const [host = '', port] = url.split(':')
    if (headers['proxy-authorization'] !== `Basic ${btoa(`${user}:${password}`)}`) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    tunnels.push(url)
    const upstream = connect(Number(port), to ?? host, () => client.write('HTTP/1.1 200 OK\r\n\r\n'))
    upstream.pipe(client).pipe(upstream)
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { tunnels, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('a cluster is reached through the proxy of its kubeconfig, over one tunnel', async () => {
  const proxy = await httpProxy('me', 'p@ss')
  const kubeconfigText = await kubeconfigWith({}, { 'proxy-url': `http://me:p%40ss@${proxy.host}` })
  await using cluster = await openCluster({ kubeconfigText })
  await Promise.all(Array.from({ length: 8 }, () => get(cluster, anyNamespace)))
  expect(proxy.tunnels).toEqual([new URL(cluster.server).host])
})

test('a proxy that refuses makes the cluster unavailable, and the error says who refused, without the password', async () => {
  const proxy = await httpProxy('me', 'right')
  const kubeconfigText = await kubeconfigWith({}, { 'proxy-url': `http://me:wrong@${proxy.host}` })
  await using cluster = await openCluster({ kubeconfigText })
  const error = await refusalOf(get(cluster, anyNamespace))
  expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringContaining(`${proxy.host} answered 407`) })
  expect(error.message).not.toContain('wrong')
})

test('the certificate is checked through a proxy too', async () => {
  const proxy = await httpProxy('me', 'right')
  const changes = { 'proxy-url': `http://me:right@${proxy.host}`, 'certificate-authority-data': undefined }
  await using cluster = await openCluster({ kubeconfigText: await kubeconfigWith({}, changes) })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'untrusted' })
})

test('a proxy that leads to another host than the one that was asked for is noticed', async () => {
  const { hostname, port } = new URL((await readKubeconfig({ kubeconfig: testKubeconfig() })).cluster.server)
  const proxy = await httpProxy('me', 'right', hostname)
  const changes = { server: `https://192.0.2.1:${port}`, 'proxy-url': `http://me:right@${proxy.host}` }
  await using cluster = await openCluster({ kubeconfigText: await kubeconfigWith({}, changes) })
  expect(await refusalOf(get(cluster, anyNamespace))).toMatchObject({ kind: 'untrusted' })
})
