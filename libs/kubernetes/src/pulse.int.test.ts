import { until } from '@plimsoll/harness'
import { expect, test } from 'vitest'
import { openProxiedCluster } from '../test/proxied-cluster.ts'
import { refusalOf } from '../test/refusal-of.ts'
import { get } from './get.ts'
import { openCluster } from './cluster.ts'
import { refuseAddress } from './refused-address.ts'

const namespace = { apiVersion: 'v1', kind: 'Namespace', name: 'default' }

test('a server from which nothing comes any more is silent, until it answers again', async () => {
  await using proxied = await openProxiedCluster({ requestTimeoutMs: 15_000 })
  const { cluster, proxy } = proxied
  const { pulse } = cluster.connection
  await get(cluster, namespace)
  expect(pulse.isSilent()).toBe(false)
  proxy.blackHole()
  const lost = refusalOf(get(cluster, namespace))
  await until(() => pulse.isSilent(), { what: 'it is silent' })
  expect((await lost).retryable).toBe(true)
  // Nobody waits any more.
  expect(pulse.isSilent()).toBe(false)
  proxy.resume()
  await until(async () => (await get(cluster, namespace).catch(() => undefined)) !== undefined, { what: 'it answers' })
})

test('a request that takes its time is no silence', async () => {
  await using proxied = await openProxiedCluster()
  const { cluster, proxy } = proxied
  await get(cluster, namespace)
  proxy.delay(350)
  let wasSilent = false
  const timer = setInterval(() => (wasSilent ||= cluster.connection.pulse.isSilent()), 50)
  for (let asked = 0; asked < 4; asked++) await get(cluster, namespace)
  clearInterval(timer)
  expect(wasSilent).toBe(false)
})

test('no connection is made to an address that is refused, by the server or by its proxy', async () => {
  await using proxied = await openProxiedCluster()
  const { server } = proxied.cluster
  const credential = { type: 'token', token: 'x' } as const
  const given = { context: null, server, ca: null, tls_server_name: null, proxy: null, credential }
  const refuse = refuseAddress({ allowLoopback: false })
  const byName = { ...given, server: server.replace('127.0.0.1', 'localhost') }
  const byProxy = { ...given, server: 'https://cluster.example.com', proxy: 'http://localhost:1' }
  for (const access of [given, byName, byProxy]) {
    await using cluster = await openCluster({ access, refuseAddress: refuse })
    const { message } = await refusalOf(get(cluster, namespace))
    expect(message).toContain('is this machine itself')
  }
  expect(proxied.proxy.connections()).toBe(0)
})
