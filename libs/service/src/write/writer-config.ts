import { z } from 'zod'
import { clusterConfig } from '../clusters/open-clusters.ts'
import { commandConfig } from '../commands/command-config.ts'
import { healthConfig } from '../health-scripts.ts'

/** The settings of a service that writes to a cluster. */
export const writerConfig = {
  ...clusterConfig,
  ...healthConfig,
  ...commandConfig,
  PLIMSOLL_LEASE_MS: z.coerce
    .number()
    .int()
    .min(18_000)
    .default(30_000)
    .describe('how long a claim lasts without a sign of life, in milliseconds, at least 18000'),
} as const
