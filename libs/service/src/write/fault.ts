import { describeRef } from '@plimsoll/domain'
import type { Fault, ObjectRef, Step } from '@plimsoll/domain'
import { remedyOf } from '@plimsoll/kubernetes'
import type { HealthResult, KubernetesError } from '@plimsoll/kubernetes'

export function faultOf(ref: ObjectRef, action: Step['action'], error: KubernetesError): Fault {
  return {
    what: `${ref.kind}/${ref.name} could not be ${action === 'delete' ? 'deleted' : 'applied'}`,
    where: describeRef(ref),
    because: error.message,
    try: remedyOf(error),
  }
}

/** The cluster refuses something that the sync as a whole needs. */
export function syncFault(cluster: string, error: KubernetesError): Fault {
  return {
    what: 'the sync cannot go on',
    where: error.ref === undefined ? `cluster ${cluster}` : describeRef(error.ref),
    because: error.message,
    try: remedyOf(error),
  }
}

export function unhealthyFault({ ref, health }: HealthResult, timeoutMs: number): Fault {
  return {
    what: `${ref.kind}/${ref.name} is ${health.status}`,
    where: describeRef(ref),
    because: health.message === '' ? 'it gives no reason' : health.message,
    try: `repair it in Git; a slow start needs a longer sync_policy.health_check.timeout than ${timeoutMs / 1_000}s`,
  }
}
