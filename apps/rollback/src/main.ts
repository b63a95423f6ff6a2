import { clusterConfig, healthConfig, openClusters, openCustomHealth, runAlone } from '@plimsoll/service'
import { z } from 'zod'
import { startRollback } from './rollback.ts'

const shape = {
  ...clusterConfig,
  ...healthConfig,
  PLIMSOLL_LEASE_MS: z.coerce
    .number()
    .int()
    .min(18_000)
    .default(30_000)
    .describe('how long a claim lasts without a sign of life, in milliseconds, at least 18000'),
}

await runAlone('rollback', shape, async (stack, context, config) =>
  stack.use(
    startRollback(context, {
      clusters: await openClusters(stack, config),
      customHealth: await openCustomHealth(stack, config),
      leaseMs: config.PLIMSOLL_LEASE_MS,
    }),
  ),
)
