import { sensitiveOf } from '@plimsoll/domain'
import type { Inventory, ManifestSet, SensitiveOf, SensitiveRule, ValueToken } from '@plimsoll/domain'
import type { Vault } from './vault.ts'

/** What stands for a hidden value of a workflow, `(masked 1a2b3c4d)`: the same for the same value, and no guess can be tested. */
export function valueToken({ hash }: Pick<Vault, 'hash'>, sensitive: SensitiveOf): ValueToken {
  return Object.assign((value: string) => `(masked ${hash(`value\n${value}`).slice(-8)})`, { sensitiveOf: sensitive })
}

/**
 * What nobody gets to see in the objects of a workflow: what its rules name, what came out of decryption in any of the sets,
 * and what was written to its objects before, also by a sync that failed.
 */
export function sensitiveIn(
  {
    sensitive,
    destination,
  }: { readonly sensitive: readonly SensitiveRule[]; readonly destination: { readonly namespace: string } },
  sets: readonly ManifestSet[],
  { entries }: Inventory = { entries: [] },
): SensitiveOf {
  const written = entries.map(({ apiVersion, kind, name, namespace, sensitive: pointers }) => ({
    object: { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } },
    sensitive: pointers,
  }))
  const rendered = sets.flatMap(({ files, hooks = [] }) => [...files.flatMap(({ objects }) => objects), ...hooks])
  return sensitiveOf(sensitive, [...rendered, ...written], destination.namespace)
}
