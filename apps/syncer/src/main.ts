import { openClusters, openCommands, openCustomHealth, runAlone, writerConfig } from '@plimsoll/service'
import { startSyncer } from './syncer.ts'

await runAlone('syncer', writerConfig, async (stack, context, config) =>
  stack.use(
    startSyncer(context, {
      clusters: await openClusters(stack, context, config),
      customHealth: await openCustomHealth(stack, config),
      commands: openCommands(stack, config, (line) => context.logger.info(line)),
      leaseMs: config.PLIMSOLL_LEASE_MS,
    }),
  ),
)
