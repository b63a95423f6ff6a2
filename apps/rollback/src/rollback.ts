import { stringifyJson } from '@plimsoll/domain'
import { putBlob } from '@plimsoll/event-log'
import type { CustomHealth } from '@plimsoll/kubernetes'
import { clusterHash, commandHooks, noCommands, openTurns, startWork, vaults } from '@plimsoll/service'
import type { Clusters, CommandRunner, Service, ServiceContext } from '@plimsoll/service'
import { rollBackWorkflow } from './roll-back-workflow.ts'

export type RollbackOptions = {
  /** The clusters that workflows may name, by id. */
  readonly clusters: Clusters
  /** Health checks that come before the built-in ones. */
  readonly customHealth?: CustomHealth | undefined
  /** Runs the commands of workflows. Default: they are off. */
  readonly commands?: CommandRunner | undefined
  /** How long a claim lasts without a sign of life. */
  readonly leaseMs?: number
}

const rollbacksAtOnce = 8

/**
 * Starts the rollback service: puts back what a sync changed, from the log alone. It shares the claim to write with the
 * syncer, which looks at a workflow first and hands it over when a rollback is to be done.
 */
export function startRollback(
  context: ServiceContext,
  { clusters, customHealth, commands = noCommands, leaseMs = 30_000 }: RollbackOptions,
): Service {
  const { log, js, installationKey } = context
  const turns = openTurns(rollbacksAtOnce)
  const handle = rollBackWorkflow({
    log,
    clusters,
    take: turns.take,
    customHealth,
    commandsOf: commandHooks(commands, js),
    clusterHash: (cluster) => clusterHash(installationKey, cluster),
    openVault: vaults(log, installationKey),
    publish: (plan) => putBlob(log, Buffer.from(stringifyJson(plan))),
    now: () => new Date(),
  })
  return startWork(context, {
    service: 'rollback',
    route: () => [],
    roles: [{ role: 'write', taker: 'rollback', concurrency: turns.places, leaseMs, handle }],
  })
}
