import { randomUUID } from 'node:crypto'
import { clusterStream, stringifyJson } from '@plimsoll/domain'
import type { Plan } from '@plimsoll/domain'
import { putBlob, unpark, wake, workOf } from '@plimsoll/event-log'
import type { EventLog } from '@plimsoll/event-log'
import { onPoke, poke } from '@plimsoll/jetstream'
import type { JetStream } from '@plimsoll/jetstream'
import type { CustomHealth } from '@plimsoll/kubernetes'
import type { AgeKeys } from '@plimsoll/manifests'
import { openBell } from '@plimsoll/runtime'
import type { Bell } from '@plimsoll/runtime'
import { clusterHash, openTurns, startWork, workflowOfMark } from '@plimsoll/service'
import type { Clusters, Service, ServiceContext } from '@plimsoll/service'
import type { HealthPatience } from './cluster/health-board.ts'
import { liveObjects } from './cluster/live-objects.ts'
import { openRendering } from './render/open-rendering.ts'
import { planHealAgain } from './drift/plan-heal.ts'
import { planRevision } from './plan/plan-revision.ts'
import { planWorkflow } from './plan/plan-workflow.ts'
import { renderRevision } from './render/render-revision.ts'
import { openRenderTools } from './render/render-tools.ts'
import { route } from './route.ts'
import { streamsOfMarks } from './cluster/streams-of-marks.ts'
import { watchCluster } from './cluster/watch-cluster.ts'
import { watchDrift } from './drift/watch-drift.ts'

export type DifferOptions = {
  /** The clusters that workflows may name, by id. */
  readonly clusters: Clusters
  /** The installation's own, for encrypted files of workflows that have no key. */
  readonly ageKeys?: AgeKeys
  /** Whether workflows may run commands. Default false. */
  readonly hookCommands?: boolean
  /** Health checks that come before the built-in ones. */
  readonly customHealth?: CustomHealth | undefined
  /** How long ill health has to last before it is told. */
  readonly healthPatience?: HealthPatience | undefined
  /** What Kustomize and Helm may fetch from: `host`, `host:port`, `*.suffix`. Default nothing. */
  readonly renderHosts?: readonly string[] | undefined
  /** Hears how Kustomize and Helm are built, a line each, when the first workflow needs them. Default: the logger. */
  readonly tell?: (line: string) => void
}

const leaseMs = 30_000
const plansAtOnce = 4
const looksAtOnce = 8
/** A watch goes on for as long as its claim is held. */
const clustersAtMost = 1_000
const kindsTopic = 'work.cluster.kinds'

/** Starts the differ: renders revisions, plans them against the live cluster, and watches what is ours there. */
export async function startDiffer(
  context: ServiceContext,
  { hookCommands = false, clusters, ageKeys = [], tell, ...options }: DifferOptions,
): Promise<Service> {
  const { log, js, installationKey } = context
  const { customHealth, renderHosts } = options
  const tools = openRenderTools({ tell: tell ?? ((line) => context.logger.info(line)) })
  const rendering = openRendering(context, { clusters, ageKeys, tools, renderHosts })
  const hashOf = (cluster: string) => clusterHash(installationKey, cluster)
  const onRequested = () => poke(js, kindsTopic)
  const looking = {
    log,
    openVault: rendering.openVault,
    clusters,
    clusterHash: hashOf,
    publish: (made: Plan) => putBlob(log, Buffer.from(stringifyJson(made))),
    workflowOf: workflowOfMark(log, installationKey),
    watchedSince: (id: string) => watchedSince(log, id),
    onRequested,
  }
  const streamsOf = streamsOfMarks(log, installationKey)
  const plan = planRevision({
    ...rendering,
    ...looking,
    liveObjects: ({ kinds, ...of }) =>
      liveObjects(
        { ...of, log, hash: hashOf(of.id), watchedSince: () => watchedSince(log, of.id), onRequested },
        kinds,
      ),
    now: () => new Date(),
    hookCommands,
  })
  const watch = watchCluster({
    log,
    clusters,
    clusterHash: hashOf,
    requests: (signal) => requestBell(js, signal),
    streamsOf,
    customHealth,
    patience: options.healthPatience,
  })
  const turns = openTurns(plansAtOnce)
  const driftTurns = openTurns(looksAtOnce)
  await wakeWatches(log, clusters)
  const work = startWork(context, {
    service: 'differ',
    route,
    roles: [
      {
        role: 'plan',
        concurrency: turns.places,
        leaseMs,
        handle: planWorkflow({
          log,
          gitObjects: rendering.gitObjects,
          renderHosts,
          planRevision: async (workflow, config, ...rest) => {
            const cluster = await clusters.get(config.destination.cluster)
            const make = () => plan(workflow, config, ...rest)
            return cluster === undefined ? make() : turns.take(cluster, make)
          },
          renderRevision: renderRevision(rendering),
          planHeal: planHealAgain(looking),
          streamsOf,
          newId: () => `sync-${randomUUID()}`,
        }),
      },
      {
        role: 'drift',
        concurrency: driftTurns.places,
        leaseMs,
        handle: watchDrift({ ...looking, customHealth, take: driftTurns.take, newId: () => `heal-${randomUUID()}` }),
      },
      { role: 'cluster', concurrency: clustersAtMost, leaseMs, handle: watch },
    ],
  })
  return endingWith(work, tools)
}

/** A watch that was given up because its watchers were killed is taken up by a new one. */
async function wakeWatches(log: EventLog, clusters: Clusters): Promise<void> {
  const streams = [...(await clusters.keys())].map((id) => ({ stream: clusterStream(id) }))
  for (const { stream } of streams) await unpark(log, 'cluster', stream)
  await wake(log, 'cluster', streams)
}

/** Building a program ends with the service, and does not hold up its end. */
function endingWith({ ready, ...work }: Service, tools: AsyncDisposable): Service {
  return {
    ready,
    async [Symbol.asyncDispose]() {
      await Promise.all([tools[Symbol.asyncDispose](), work[Symbol.asyncDispose]()])
    },
  }
}

/** Since when somebody holds the claim on the cluster's watch; undefined if nobody does, or its lease is over. */
async function watchedSince(log: EventLog, id: string): Promise<Date | undefined> {
  const work = await workOf(log, 'cluster', clusterStream(id))
  const { claimedAt = null, leaseUntil = null } = work ?? {}
  return claimedAt !== null && leaseUntil !== null && leaseUntil.getTime() > Date.now() ? claimedAt : undefined
}

/** Rings when a differ asked for kinds to be watched. */
function requestBell(js: JetStream, signal: AbortSignal): Bell {
  const bell = openBell(signal)
  void (async () => {
    for await (const _ of onPoke(js, kindsTopic, signal)) bell.ring()
  })()
  return bell
}
