import { discover, openCluster } from '@plimsoll/kubernetes'
import type { UpFile } from '../up/up-file.ts'
import { fail, ok, type Check } from './check.ts'

const patienceMs = 10_000

/** Asks the cluster itself; the server knows of it only what its workflows met. */
export async function checkCluster({ kubeconfig, context }: UpFile): Promise<Check> {
  const name = 'cluster'
  try {
    await using cluster = await openCluster({
      kubeconfig,
      requestTimeoutMs: patienceMs,
      ...(context !== undefined && { context }),
    })
    const kinds = await discover(cluster)
    return ok(name, `${cluster.server}, ${kinds.length} kinds of objects`)
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return fail(name, because, `See whether \`kubectl --kubeconfig "${kubeconfig}" get nodes\` works.`)
  }
}
