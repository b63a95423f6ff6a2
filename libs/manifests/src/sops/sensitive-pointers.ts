import type { KubernetesObject } from '@plimsoll/domain'
import type { DecryptedValue } from './decrypt-sops.ts'

/** JSON pointers of those values in an object of a decrypted plain file that were encrypted; exact. */
export function sensitivePointers(_object: KubernetesObject, _decrypted: readonly DecryptedValue[]): readonly string[] {
  return []
}

/**
 * JSON pointers of every leaf that is, or holds, one of the decrypted values, also in base64; for what Kustomize and
 * Helm made of decrypted files. Rather one too many than one too few.
 */
export function sensitiveByValue(_object: KubernetesObject, _decrypted: readonly DecryptedValue[]): readonly string[] {
  return []
}
