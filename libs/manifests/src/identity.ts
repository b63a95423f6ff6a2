import { identityOf, type KubernetesObject, refOf } from '@plimsoll/domain'

/** `group/Kind/namespace/name`, equal for the same object under another version of its API. */
export function identity(object: KubernetesObject): string {
  return identityOf(refOf(object))
}
