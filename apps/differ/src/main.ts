import { openCluster } from '@plimsoll/kubernetes'
import { runAlone } from '@plimsoll/service'
import { z } from 'zod'
import { startDiffer } from './differ.ts'

const shape = {
  PLIMSOLL_KUBECONFIG: z
    .string()
    .optional()
    .describe('the kubeconfig of the cluster `default`; without it, as kubectl finds one'),
  PLIMSOLL_CONTEXT: z.string().optional().describe('the context of the kubeconfig; without it, its current one'),
}

await runAlone('differ', shape, async (context, { PLIMSOLL_KUBECONFIG: kubeconfig, PLIMSOLL_CONTEXT: name }) => {
  await using stack = new AsyncDisposableStack()
  const cluster = stack.use(
    await openCluster({
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(name !== undefined && { context: name }),
    }),
  )
  stack.use(await startDiffer(context, { clusters: new Map([['default', cluster]]) }))
  return stack.move()
})
