import { expect, test } from 'vitest'
import type { ClusterConfig, ClusterRequest } from './cluster-config.ts'
import { clusterConfig } from './cluster-config.ts'
import { evolveClusterRow, initialClusterRow } from './cluster-row.ts'
import { loseCluster, reachCluster, registerCluster, removeCluster } from './cluster.ts'
import type { Cluster, ClusterEvent } from './cluster.ts'
import { clusterDecider } from './deciders.ts'
import { given } from './testing.ts'

const reached: ClusterEvent = { type: 'ClusterReached', data: { id: 'default', version: null } }
const lost: ClusterEvent = { type: 'ClusterLost', data: { id: 'default', message: 'connection refused' } }
const reach = reachCluster('default')
const lose = loseCluster('default', 'connection refused')

test.each<[string, readonly ClusterEvent[], (cluster: Cluster) => readonly ClusterEvent[], readonly ClusterEvent[]]>([
  ['a cluster is reached', [], reach, [reached]],
  ['a cluster that is still there records nothing', [reached], reach, []],
  ['a cluster is lost', [reached], lose, [lost]],
  ['a cluster that was never reached is lost', [], lose, [lost]],
  ['a cluster that is still away records nothing', [lost], lose, []],
  ['nor does another reason', [lost], loseCluster('default', 'timeout'), []],
  ['a cluster comes back', [reached, lost], reach, [reached]],
])('%s', (_title, events, decide, recorded) => {
  expect(given(clusterDecider, ...events).when(decide)).toEqual(recorded)
})

test('a cluster says why it is away, until it is back', () => {
  const never = { config: null, reachable: null, message: null, version: null }
  expect(given(clusterDecider).state).toEqual(never)
  const away = { ...never, reachable: false, message: 'connection refused' }
  expect(given(clusterDecider, reached, lost).state).toEqual(away)
  expect(given(clusterDecider, reached, lost, reached).state).toEqual({ ...never, reachable: true })
})

test('another version of the API server is recorded once', () => {
  const upgraded: ClusterEvent = { type: 'ClusterReached', data: { id: 'default', version: '1.37.0' } }
  expect(given(clusterDecider, reached).when(reachCluster('default', '1.37.0'))).toEqual([upgraded])
  expect(given(clusterDecider, reached, upgraded).when(reachCluster('default', '1.37.0'))).toEqual([])
  expect(given(clusterDecider, upgraded, lost, reached).state.version).toBe('1.37.0')
})

const config: ClusterConfig = {
  id: 'east',
  server: 'https://east.example.com:6443',
  context: null,
  ca: null,
  tls_server_name: null,
  proxy: null,
  credentials: 'token',
  fingerprint: 'hmac:1',
  uid: 'uid-1',
}
const registered: ClusterEvent = { type: 'ClusterRegistered', data: { ...config, version: '1.36.4' } }

test('a cluster is registered once, and another value is a recorded change', () => {
  expect(given(clusterDecider).when(registerCluster(config, '1.36.4'))).toEqual([registered])
  expect(given(clusterDecider, registered).when(registerCluster(config, '1.36.4'))).toEqual([])
  // What was not to be read this time is what it was.
  expect(given(clusterDecider, registered).when(registerCluster({ ...config, uid: null }, null))).toEqual([])
  const moved = { ...config, server: 'https://west.example.com', uid: null }
  expect(given(clusterDecider, registered).when(registerCluster(moved, null))).toEqual([
    { type: 'ClusterChanged', data: moved },
  ])
})

test('other credentials are a rotation, and whether they work is to be told anew', () => {
  const next = { ...config, credentials: 'certificate', fingerprint: 'hmac:2' } as const
  const [rotated, ...more] = given(clusterDecider, registered).when(registerCluster(next, '1.36.4'))
  expect([rotated, ...more]).toEqual([
    { type: 'ClusterCredentialRotated', data: { id: 'east', credentials: 'certificate', fingerprint: 'hmac:2' } },
  ])
  const rotation: ClusterEvent = {
    type: 'ClusterCredentialRotated',
    data: { id: 'east', credentials: 'certificate', fingerprint: 'hmac:2' },
  }
  expect(given(clusterDecider, registered, rotation).state).toMatchObject({ config: next, reachable: null })
})

test('a removed cluster is forgotten, and may be registered again', () => {
  const removed: ClusterEvent = { type: 'ClusterRemoved', data: { id: 'east' } }
  expect(given(clusterDecider, registered).when(removeCluster)).toEqual([removed])
  expect(given(clusterDecider, reached).when(removeCluster)).toEqual([])
  expect(given(clusterDecider, registered, removed).state).toEqual(given(clusterDecider).state)
  expect(given(clusterDecider, registered, removed).when(registerCluster(config, '1.36.4'))).toEqual([registered])
})

test.each<[string, Partial<ClusterRequest>, string]>([
  ["the operator's own cluster", { id: 'default' }, 'id'],
  ['no id', { id: 'East 1' }, 'id'],
  ['plain http', { server: 'http://east.example.com' }, 'server'],
  ['no URL', { server: 'east.example.com:6443' }, 'server'],
  ['a password in the URL', { server: 'https://a:canary@east.example.com' }, 'server'],
  ['a password in the URL of the proxy', { proxy: 'http://a:canary@proxy:3128' }, 'proxy'],
  ['a CA that is none', { ca: 'canary' }, 'ca'],
  ['a private key', { ca: '-----BEGIN EC PRIVATE KEY-----\ncanary' }, 'ca'],
  ['a CA that does not fit into an event', { ca: `-----BEGIN CERTIFICATE-----${'x'.repeat(50_000)}` }, 'ca'],
  ['no server name', { tls_server_name: 'a b' }, 'tls_server_name'],
])('%s is refused, and no secret is repeated', (_title, change, field) => {
  const checked = clusterConfig({ ...config, ...change })
  expect(checked).toMatchObject({ ok: false, problems: [{ field }] })
  expect(JSON.stringify(checked)).not.toContain('canary')
})

test('what is not said about a cluster is nothing', () => {
  const { id, server, credentials, fingerprint } = config
  expect(clusterConfig({ id, server, credentials, fingerprint })).toEqual({ ok: true, value: { ...config, uid: null } })
})

test('what a cluster says at length fits into an event', () => {
  const [event] = given(clusterDecider).when(loseCluster('default', 'x'.repeat(100_000)))
  expect(JSON.stringify(event).length).toBeLessThan(2_000)
})

test('what is shown of a cluster says since when it is there or away', () => {
  const seen = (events: readonly ClusterEvent[]) =>
    events.reduce((row, event, nth) => evolveClusterRow(row, event, `at-${nth}`), initialClusterRow)
  expect(seen([registered])).toMatchObject({ reachable: true, since: 'at-0' })
  expect(seen([registered, lost])).toMatchObject({ reachable: false, since: 'at-1', message: 'connection refused' })
  expect(seen([registered, lost, reached])).toMatchObject({ reachable: true, since: 'at-2' })
  const upgraded: ClusterEvent = { type: 'ClusterReached', data: { id: 'east', version: '1.37.0' } }
  expect(seen([registered, lost, reached, upgraded])).toMatchObject({ since: 'at-2', version: '1.37.0' })
  const moved: ClusterEvent = { type: 'ClusterChanged', data: { ...config, server: 'https://new.example.com' } }
  expect(seen([registered, moved])).toMatchObject({ reachable: null, since: null })
})
