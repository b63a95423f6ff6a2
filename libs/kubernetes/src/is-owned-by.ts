import type { KubernetesObject } from '@plimsoll/domain'
import { listOf } from './health/health-status.ts'

/** Whether an object was made by, or is in the care of, another: a label alone may be anybody's. */
export function isOwnedBy({ metadata }: KubernetesObject, owner: KubernetesObject): boolean {
  const { uid } = owner.metadata
  return uid !== undefined && listOf(metadata['ownerReferences']).some((reference) => reference['uid'] === uid)
}
