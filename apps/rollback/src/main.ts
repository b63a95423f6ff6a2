import { openClusters, openCommands, openCustomHealth, runAlone, writerConfig } from '@plimsoll/service'
import { startRollback } from './rollback.ts'

await runAlone('rollback', writerConfig, async (stack, context, config) =>
  stack.use(
    startRollback(context, {
      clusters: await openClusters(stack, context, config),
      customHealth: await openCustomHealth(stack, config),
      commands: openCommands(stack, config, (line) => context.logger.info(line)),
      leaseMs: config.PLIMSOLL_LEASE_MS,
    }),
  ),
)
