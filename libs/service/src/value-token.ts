import { sensitiveOf } from '@plimsoll/domain'
import type { ManifestSet, SensitiveOf, SensitiveRule, Told, ValueToken } from '@plimsoll/domain'
import type { Vault } from './vault.ts'

/** What stands for a hidden value of a workflow, `(masked 1a2b3c4d)`: the same for the same value, and no guess can be tested. */
export function valueToken({ hash }: Pick<Vault, 'hash'>, sensitive: SensitiveOf): ValueToken {
  return Object.assign((value: string) => `(masked ${hash(`value\n${value}`).slice(-8)})`, { sensitiveOf: sensitive })
}

/**
 * What nobody gets to see in the objects of a workflow: what its rules name, and what came out of decryption in any of the
 * sets. Of what lives, an older set may know more than the newest.
 */
export function sensitiveIn(
  {
    sensitive,
    destination,
  }: { readonly sensitive: readonly SensitiveRule[]; readonly destination: { readonly namespace: string } },
  sets: readonly ManifestSet[],
): SensitiveOf {
  return sensitiveOf(sensitive, decryptedIn(sets), destination.namespace)
}

function* decryptedIn(sets: readonly ManifestSet[]): Generator<Told> {
  for (const { files } of sets)
    for (const { objects } of files)
      for (const rendered of objects) if (rendered.sensitive !== undefined) yield rendered
}
