import { expect, test } from 'vitest'
import { loseCluster, reachCluster } from './cluster.ts'
import type { Cluster, ClusterEvent } from './cluster.ts'
import { clusterDecider } from './deciders.ts'
import { given } from './testing.ts'

const reached: ClusterEvent = { type: 'ClusterReached', data: { id: 'default' } }
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
  expect(given(clusterDecider).state).toEqual({ reachable: null, message: null })
  expect(given(clusterDecider, reached, lost).state).toEqual({ reachable: false, message: 'connection refused' })
  expect(given(clusterDecider, reached, lost, reached).state).toEqual({ reachable: true, message: null })
})

test('what a cluster says at length fits into an event', () => {
  const [event] = given(clusterDecider).when(loseCluster('default', 'x'.repeat(100_000)))
  expect(JSON.stringify(event).length).toBeLessThan(2_000)
})
