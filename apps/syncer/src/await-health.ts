import { identityOf, markLabel } from '@plimsoll/domain'
import type { FailureStage, Fault, Inventory } from '@plimsoll/domain'
import { waitHealthy } from '@plimsoll/kubernetes'
import type { HealthTarget } from '@plimsoll/kubernetes'
import { resultingInventory, unhealthyFault } from '@plimsoll/service'
import type { Outcome } from '@plimsoll/service'
import type { SyncRun } from './sync-run.ts'

export type Failure = { readonly stage: FailureStage; readonly faults: readonly Fault[]; readonly rejects: boolean }

/** What has to be healthy in the end. */
export function targetsOf(run: SyncRun, outcomes: readonly Outcome[]): readonly HealthTarget[] {
  const { entries } = resultingInventory(run.inventory, run.steps, outcomes)
  return [...wasUnhealthy(run, entries), ...changedBy(outcomes)]
}

/** What was written has to be healthy. */
export function changedBy(outcomes: readonly Outcome[]): readonly HealthTarget[] {
  return outcomes.flatMap((outcome): HealthTarget[] =>
    outcome.done === 'applied' ? [{ ref: outcome.entry, generation: outcome.generation }] : [],
  )
}

/** All that Git declares, if the sync before left something unhealthy. */
function wasUnhealthy({ steps, last }: SyncRun, entries: Inventory['entries']): readonly HealthTarget[] {
  if (last?.healthy !== false) return []
  const leftovers = new Set(steps.leftovers.map(identityOf))
  return entries.filter((entry) => !leftovers.has(identityOf(entry))).map((ref) => ({ ref }))
}

/** Waits for health, and says what is not healthy when the time is over; undefined when all is. */
export async function unhealthyOf(
  { cluster, vault, config, customHealth, cancelled, watchSuccessor, signal }: SyncRun,
  targets: readonly HealthTarget[],
): Promise<Failure | undefined> {
  const { enabled, timeout_ms: timeoutMs } = config.sync_policy.health_check
  if (!enabled) return undefined
  await using successor = watchSuccessor()
  const { results } = await waitHealthy(cluster, targets, {
    timeoutMs,
    signal: AbortSignal.any([signal, cancelled, successor.signal]),
    labelSelector: `${markLabel}=${vault.mark}`,
    custom: customHealth,
  })
  const unhealthy = results.filter(({ health: { status } }) => status !== 'Healthy' && status !== 'Suspended')
  if (unhealthy.length === 0) return undefined
  return { stage: 'health', faults: unhealthy.map((seen) => unhealthyFault(seen, timeoutMs)), rejects: true }
}
