import { describeRef } from '@plimsoll/domain'
import type { Fault, ObjectRef } from '@plimsoll/domain'
import type { HealthResult, KubernetesError } from '@plimsoll/kubernetes'

export function faultOf(ref: ObjectRef, error: KubernetesError): Fault {
  return {
    what: `${ref.kind}/${ref.name} could not be applied`,
    where: describeRef(ref),
    because: error.message,
    try: remedy(error),
  }
}

function remedy({ kind }: KubernetesError): string {
  switch (kind) {
    case 'forbidden':
      return 'give the identity of the cluster connection the right that is named, then sync again'
    case 'conflict-fields':
      return 'leave these fields out of the manifest, or set sync_policy.conflict_resolution to take'
    case 'conflict-precondition':
      return 'look at the plan anew with diff, then sync again'
    case 'namespace-missing':
      return 'declare the Namespace in the repository, or set destination.create_namespace'
    default:
      return 'change the manifest as the message says, then commit'
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

/** One line for all faults: the first, and how many more there are. */
export function faultsText(faults: readonly Fault[]): string {
  const [first] = faults
  if (first === undefined) return 'failed'
  return `${first.what}: ${first.because}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}`
}
