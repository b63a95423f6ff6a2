import { openCluster } from '@plimsoll/kubernetes'
import { runAlone } from '@plimsoll/service'
import { z } from 'zod'
import { startSyncer } from './syncer.ts'

const shape = {
  PLIMSOLL_KUBECONFIG: z
    .string()
    .optional()
    .describe('the kubeconfig of the cluster `default`; without it, as kubectl finds one'),
  PLIMSOLL_CONTEXT: z.string().optional().describe('the context of the kubeconfig; without it, its current one'),
  PLIMSOLL_LEASE_MS: z.coerce
    .number()
    .int()
    .min(12_000)
    .default(30_000)
    .describe('how long a claim lasts without a sign of life, in milliseconds, at least 12000'),
}

await runAlone(
  'syncer',
  shape,
  async (context, { PLIMSOLL_KUBECONFIG: kubeconfig, PLIMSOLL_CONTEXT: name, PLIMSOLL_LEASE_MS: leaseMs }) => {
    await using stack = new AsyncDisposableStack()
    const cluster = stack.use(
      await openCluster({
        ...(kubeconfig !== undefined && { kubeconfig }),
        ...(name !== undefined && { context: name }),
      }),
    )
    stack.use(startSyncer(context, { clusters: new Map([['default', cluster]]), leaseMs }))
    return stack.move()
  },
)
