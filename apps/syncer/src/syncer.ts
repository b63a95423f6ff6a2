import { workflowStream } from '@plimsoll/domain'
import type { PositionedEvent, Wake } from '@plimsoll/event-log'
import type { CustomHealth } from '@plimsoll/kubernetes'
import { clusterHash, commandHooks, noCommands, openTurns, startWork, vaults, workflowOfMark } from '@plimsoll/service'
import type { Clusters, CommandRunner, Service, ServiceContext } from '@plimsoll/service'
import { syncWorkflow } from './sync-workflow.ts'

export type SyncerOptions = {
  /** The clusters that workflows may name, by id. */
  readonly clusters: Clusters
  /** Health checks that come before the built-in ones. */
  readonly customHealth?: CustomHealth | undefined
  /** Runs the commands of workflows. Default: they are off. */
  readonly commands?: CommandRunner | undefined
  /** How long a claim lasts without a sign of life. */
  readonly leaseMs?: number
}

const syncsAtOnce = 8

/** Starts the syncer: carries out plans. */
export function startSyncer(
  context: ServiceContext,
  { clusters, customHealth, commands = noCommands, leaseMs = 30_000 }: SyncerOptions,
): Service {
  const { log, js, installationKey } = context
  const turns = openTurns(syncsAtOnce)
  const handle = syncWorkflow({
    log,
    clusters,
    take: turns.take,
    customHealth,
    workflowOf: workflowOfMark(log, installationKey),
    commandsOf: commandHooks(commands, js),
    clusterHash: (cluster) => clusterHash(installationKey, cluster),
    openVault: vaults(log, installationKey),
  })
  return startWork(context, {
    service: 'syncer',
    route,
    roles: [{ role: 'write', concurrency: turns.places, leaseMs, handle }],
  })
}

/** Facts of a workflow that may ask for writes. */
const asks: ReadonlySet<string> = new Set([
  'PlanMade',
  'WorkflowDeleted',
  'WorkflowResumed',
  'RollbackRequested',
  'RollbackPlanRequested',
])

function route({ stream, type, version }: PositionedEvent): readonly Wake[] {
  return stream.startsWith(workflowStream('')) && asks.has(type) ? [{ role: 'write', stream, version }] : []
}
