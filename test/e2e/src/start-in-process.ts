import { join } from 'node:path'
import { startDiffer } from '@plimsoll/differ'
import { startPoller } from '@plimsoll/poller'
import { startProjection } from '@plimsoll/projection'
import { startRollback } from '@plimsoll/rollback'
import { createLogger } from '@plimsoll/runtime'
import { openClusters, openCommands, openStores, type ServiceContext } from '@plimsoll/service'
import { startSyncer } from '@plimsoll/syncer'
import type { Installation } from './installation.ts'

export type InProcessOptions = {
  /** What renders may fetch from. Default none. */
  readonly renderHosts?: readonly string[]
  /** Whether workflows may run commands. Default false. */
  readonly hookCommands?: boolean
}

/** Starts one of each service in this process, as one replica of them all. Fast, for tests that break no process. */
export async function startInProcess(
  installation: Installation,
  replica = 'r1',
  { renderHosts, hookCommands = false }: InProcessOptions = {},
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { postgresUrl, natsUrl, natsPrefix, kubeconfig, key, folder, logged } = installation
  const logger = createLogger({ name: replica, level: 'debug', write: (line) => logged.push(line) })
  const stores = stack.use(await openStores({ postgresUrl, natsUrl, natsPrefix, name: `test ${replica}`, logger }))
  const context: ServiceContext = { ...stores, installationKey: key, replica, logger }
  const clusters = await openClusters(stack, context, {
    PLIMSOLL_KUBECONFIG: kubeconfig,
    PLIMSOLL_CONTEXT: undefined,
    PLIMSOLL_ALLOW_LOOPBACK_CLUSTERS: true,
  })
  stack.use(await startProjection(context))
  stack.use(startPoller(context, { cacheDir: join(folder, replica), allowFileRemotes: false }))
  const commands = openCommands(stack, { PLIMSOLL_HOOK_COMMANDS: hookCommands, PLIMSOLL_HOOK_HOSTS: [] }, (line) =>
    logger.info(line),
  )
  stack.use(await startDiffer(context, { clusters, renderHosts, hookCommands }))
  stack.use(startSyncer(context, { clusters, commands }))
  stack.use(startRollback(context, { clusters, commands }))
  return stack.move()
}
