import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asStored } from '../test/as-stored.ts'
import { frozen } from '../test/frozen.ts'
import { clusterSamples, repositorySamples as sample, systemSamples } from '../test/samples.ts'
import { loseCluster, reachCluster, registerCluster, removeCluster } from './cluster.ts'
import type { Cluster, ClusterEvent } from './cluster.ts'
import { clusterDecider, repositoryDecider, systemDecider } from './deciders.ts'
import type { EncodedEvent } from './event.ts'
import {
  deleteRepository,
  failSource,
  observeRevision,
  refuseRevision,
  registerRepository,
  requestRefresh,
  requestRevision,
  resolveRevision,
} from './repository.ts'
import type { Repository, RepositoryConfig, RepositoryEvent } from './repository.ts'
import { startAutoSync, stopAutoSync } from './system.ts'
import type { System, SystemEvent } from './system.ts'

// The laws of the workflow are beside its decisions.

type Decision<State, Event> = (state: State) => readonly Event[]
type Decider<State, Event> = {
  readonly initial: State
  readonly evolve: (state: State, event: Event) => State
  readonly encode: (event: Event) => EncodedEvent
  readonly decode: (stored: EncodedEvent) => Event
}

/** `decisions` are those that record nothing when they are decided again, `others` those that ask for something each time. */
function laws<State, Event>(
  name: string,
  { initial, evolve, encode, decode }: Decider<State, Event>,
  samples: readonly Event[],
  decisions: readonly Decision<State, Event>[],
  others: readonly Decision<State, Event>[] = [],
) {
  const fold = (events: readonly Event[], from = initial) => events.reduce(evolve, from)
  const stored = (event: Event) => decode(asStored({ ...encode(event) }))
  const anyDecision = fc.constantFrom(...decisions)
  const anyEvents = fc
    .array(fc.constantFrom(...decisions, ...others), { maxLength: 12 })
    .map((all) => all.reduce<readonly Event[]>((events, decide) => [...events, ...frozen(decide(fold(events)))], []))

  test(`${name}: a decision that is decided again on its result records nothing`, () => {
    fc.assert(
      fc.property(anyEvents, anyDecision, (events, decide) => {
        const state = fold(events)
        expect(decide(fold(decide(state), state))).toEqual([])
      }),
    )
  })

  test(`${name}: the same log folds to the same state and decisions, as the log gives it back`, () => {
    fc.assert(
      fc.property(anyEvents, anyDecision, (events, decide) => {
        expect(fold(events)).toEqual(fold(events))
        expect(fold(events.map(stored))).toEqual(fold(events))
        expect(decide(fold(events.map(stored)))).toEqual(decide(fold(events)))
      }),
    )
  })

  test(`${name}: no event, on no state, stops a fold`, () => {
    fc.assert(
      fc.property(anyEvents, fc.array(fc.constantFrom(...samples), { maxLength: 6 }), (events, more) => {
        const state = fold([...events, ...more])
        expect(Object.keys(state as object).toSorted()).toEqual(Object.keys(initial as object).toSorted())
        for (const decide of [...decisions, ...others]) expect(decide(state)).toBeInstanceOf(Array)
      }),
    )
  })
}

const config: RepositoryConfig = sample.RepositoryRegistered.data
const configs: readonly RepositoryConfig[] = [config, { ...config, branch: 'stable' }, { ...config, credentials: null }]
const head = sample.RevisionObserved.data

laws<Repository, RepositoryEvent>(
  'repository',
  repositoryDecider,
  Object.values(sample),
  [
    ...configs.map((to) => registerRepository(to, { credentialsChanged: false })),
    deleteRepository,
    observeRevision(head),
    observeRevision({ ...head, revision: 'beef'.padEnd(40, '0') }),
    failSource(sample.SourceFailed.data),
    failSource({ kind: 'timeout', message: 'no answer in 30s', retryable: true }),
    requestRevision('refs/pull/7/head'),
    resolveRevision(sample.RevisionResolved.data),
    refuseRevision(sample.RevisionRefused.data),
  ],
  // A refresh is asked for each time. That a secret is another one, its caller says.
  [requestRefresh('api'), registerRepository(config, { credentialsChanged: true })],
)

laws<System, SystemEvent>('system', systemDecider, Object.values(systemSamples), [startAutoSync, stopAutoSync])

const { version: _, ...registered } = clusterSamples.ClusterRegistered.data

laws<Cluster, ClusterEvent>('cluster', clusterDecider, Object.values(clusterSamples), [
  reachCluster('default'),
  reachCluster('default', '1.37.0'),
  registerCluster({ ...registered, fingerprint: 'hmac:2', server: 'https://other.example.com' }, '1.36.4'),
  removeCluster,
  loseCluster('default', 'connection refused'),
  loseCluster('default', 'timeout'),
])
