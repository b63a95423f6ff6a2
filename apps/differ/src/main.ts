import { clusterConfig, openClusters, runAlone } from '@plimsoll/service'
import { startDiffer } from './differ.ts'

await runAlone('differ', clusterConfig, async (stack, context, config) =>
  stack.use(await startDiffer(context, { clusters: await openClusters(stack, config) })),
)
