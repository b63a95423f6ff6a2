import { randomUUID } from 'node:crypto'
import { clusterStream, planBody, stringifyJson, systemStream, workflowStream } from '@plimsoll/domain'
import type { Plan } from '@plimsoll/domain'
import {
  getGitObjects,
  gitObjectSizes,
  previewStore,
  putBlob,
  sealKey,
  unpark,
  wake,
  workOf,
} from '@plimsoll/event-log'
import type { EventLog, PositionedEvent, Wake } from '@plimsoll/event-log'
import { onPoke, poke } from '@plimsoll/jetstream'
import type { JetStream } from '@plimsoll/jetstream'
import type { CustomHealth } from '@plimsoll/kubernetes'
import type { AgeKeys } from '@plimsoll/manifests'
import { openBell } from '@plimsoll/runtime'
import type { Bell } from '@plimsoll/runtime'
import { clusterHash, decryptionKeys, openTurns, startWork, vaults, workflowOfMark } from '@plimsoll/service'
import type { Clusters, Service, ServiceContext } from '@plimsoll/service'
import { cachedTrees, noTrees } from './cached-trees.ts'
import type { ReadGitObjects } from './git-tree.ts'
import type { HealthPatience } from './health-board.ts'
import { liveObjects } from './live-objects.ts'
import { planHealAgain } from './plan-heal.ts'
import { planRevision } from './plan-revision.ts'
import { planWorkflow } from './plan-workflow.ts'
import { renderRevision } from './render-revision.ts'
import { openRenderTools } from './render-tools.ts'
import { streamsOfMarks } from './streams-of-marks.ts'
import { toolRenderer } from './tool-renderer.ts'
import { watchCluster } from './watch-cluster.ts'
import { watchDrift } from './watch-drift.ts'

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
  {
    hookCommands = false,
    clusters,
    ageKeys = [],
    customHealth,
    healthPatience,
    renderHosts,
    tell = (line) => context.logger.info(line),
  }: DifferOptions,
): Promise<Service> {
  const tools = openRenderTools({ tell })
  const { log, js, installationKey } = context
  const trees = noTrees()
  const gitObjects = (repository: string, revision: string): ReadGitObjects => {
    const seal = sealKey(installationKey, `repository:${repository}`)
    const read: ReadGitObjects = (oids) =>
      inEither(repository, revision, oids, (store, asked) => getGitObjects(log, store, asked, seal))
    return cachedTrees(repository, read, trees)
  }
  const hashOf = (cluster: string) => clusterHash(installationKey, cluster)
  const rendering = {
    openVault: vaults(log, installationKey),
    clusters,
    gitObjects,
    gitSizes: (repository: string, revision: string) => (oids: readonly string[]) =>
      inEither(repository, revision, oids, (store, asked) => gitObjectSizes(log, store, asked)),
    tool: toolRenderer(tools, renderHosts),
    ageKeys: async (workflow: string) => {
      const own = await decryptionKeys(log, installationKey).get(workflow)
      return own.length > 0 ? own : ageKeys
    },
  }
  const publish = (made: Plan) => putBlob(log, Buffer.from(stringifyJson(planBody(made))))
  const plan = planRevision({
    ...rendering,
    publish,
    clusterHash: hashOf,
    liveObjects: ({ id, cluster, mark, kinds, signal }) =>
      liveObjects(
        {
          log,
          id,
          cluster,
          mark,
          hash: hashOf(id),
          watchedSince: () => watchedSince(log, id),
          onRequested: () => poke(js, kindsTopic),
          signal,
        },
        kinds,
      ),
    workflowOf: workflowOfMark(log, installationKey),
    now: () => new Date(),
    hookCommands,
  })
  const looking = {
    log,
    openVault: rendering.openVault,
    clusters,
    clusterHash: hashOf,
    publish,
    workflowOf: workflowOfMark(log, installationKey),
    watchedSince: (id: string) => watchedSince(log, id),
  }
  const newId = () => `sync-${randomUUID()}`
  const watch = watchCluster({
    log,
    clusters,
    clusterHash: hashOf,
    requests: (signal) => requestBell(js, signal),
    streamsOf: streamsOfMarks(log, installationKey),
    customHealth,
    patience: healthPatience,
  })
  const turns = openTurns(plansAtOnce)
  const driftTurns = openTurns(looksAtOnce)
  // A watch that was given up because its watchers were killed is taken up by a new one.
  const ids = [...(await clusters.keys())]
  for (const id of ids) await unpark(log, 'cluster', clusterStream(id))
  await wake(
    log,
    'cluster',
    ids.map((id) => ({ stream: clusterStream(id) })),
  )
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
          renderHosts,
          gitObjects,
          planRevision: async (workflow, config, ...rest) => {
            const cluster = await clusters.get(config.destination.cluster)
            const make = () => plan(workflow, config, ...rest)
            return cluster === undefined ? make() : turns.take(cluster, make)
          },
          renderRevision: renderRevision(rendering),
          planHeal: planHealAgain(looking),
          newId,
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

/** Building a program ends with the service, and does not hold up its end. */
function endingWith({ ready, ...work }: Service, tools: AsyncDisposable): Service {
  return {
    ready,
    async [Symbol.asyncDispose]() {
      await Promise.all([tools[Symbol.asyncDispose](), work[Symbol.asyncDispose]()])
    },
  }
}

/** Looks among the objects of the branch, and for what is not there among those that were stored for a preview of the revision. */
async function inEither<Found>(
  repository: string,
  revision: string,
  oids: readonly string[],
  look: (store: string, oids: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
): Promise<ReadonlyMap<string, Found>> {
  const found = await look(repository, oids)
  const missing = oids.filter((oid) => !found.has(oid))
  if (missing.length === 0) return found
  const previewed = await look(previewStore(repository, revision), missing)
  return previewed.size === 0 ? found : new Map([...found, ...previewed])
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

/** Facts of a cluster that ask for another watch of it, or for none. */
const registrations: ReadonlySet<string> = new Set([
  'ClusterRegistered',
  'ClusterChanged',
  'ClusterCredentialRotated',
  'ClusterRemoved',
])

/** Facts of a workflow that may ask for a plan. */
const asks: ReadonlySet<string> = new Set([
  'WorkflowCreated',
  'WorkflowChanged',
  'WorkflowDeleted',
  'DecryptionKeyChanged',
  'PlanRequested',
  'PreviewRequested',
  'WorkflowResumed',
  'SyncRequested',
  'SyncApproved',
  'SyncSucceeded',
  'SyncFailed',
  'SyncSuperseded',
  'RollbackSucceeded',
  'RollbackFailed',
  'RevisionReinstated',
])

/** Facts of a workflow after which drift or health may be another than was told, or may be put back. */
const looks: ReadonlySet<string> = new Set([
  'WorkflowChanged',
  'WorkflowResumed',
  'SyncSucceeded',
  'SyncFailed',
  'SyncSuperseded',
  'RollbackSucceeded',
  'RollbackFailed',
  'RevisionReinstated',
])

function route({ stream, type, version }: PositionedEvent): readonly Wake[] {
  // Both concern every workflow; who takes up the system's stream wakes them all.
  if (type === 'AutoSyncStarted') return [{ role: 'plan', stream, version }]
  if (registrations.has(type)) return [{ role: 'cluster', stream, version }]
  if (type === 'ClusterReached') return [{ role: 'plan', stream: systemStream }]
  if (!stream.startsWith(workflowStream(''))) return []
  const roles = [...(asks.has(type) ? ['plan'] : []), ...(looks.has(type) ? ['drift'] : [])]
  return roles.map((role) => ({ role, stream, version }))
}
