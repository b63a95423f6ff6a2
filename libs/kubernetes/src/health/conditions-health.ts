import type { KubernetesObject } from '@plimsoll/domain'
import { conditionOf, conditionText, degraded, fieldsOf, healthy, progressing } from './health-status.ts'
import type { Condition, Health } from './health-status.ts'

/** Any other kind: what the conventions of kstatus say, and healthy when its controller reports nothing. */
export function conditionsHealth(object: KubernetesObject): Health {
  const { generation } = object.metadata
  const { observedGeneration } = fieldsOf(object, 'status')
  if (typeof observedGeneration === 'number' && generation !== undefined && observedGeneration < generation)
    return progressing('waiting for its controller to observe the newest generation')
  const isCurrent = (condition: Condition | undefined): condition is Condition =>
    condition !== undefined && (condition.observedGeneration ?? generation ?? 0) >= (generation ?? 0)
  const stalled = conditionOf(object, 'Stalled')
  if (isCurrent(stalled) && stalled.status === 'True') return degraded(conditionText(stalled))
  const reconciling = conditionOf(object, 'Reconciling')
  if (isCurrent(reconciling) && reconciling.status === 'True') return progressing(conditionText(reconciling))
  const ready = conditionOf(object, 'Ready')
  if (!ready) return healthy
  if (!isCurrent(ready)) return progressing('its Ready condition is of an older generation')
  if (ready.status === 'True') return { status: 'Healthy', message: ready.message ?? '' }
  // A controller that distinguishes the two says Stalled; without that, not ready is not yet ready.
  return progressing(`not ready: ${conditionText(ready)}`)
}
