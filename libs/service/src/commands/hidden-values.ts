import { isSecret, leavesAt } from '@plimsoll/domain'
import type { Inventory, KubernetesObject, ManifestSet, SensitiveOf, WorkflowConfig } from '@plimsoll/domain'
import { BlobMissingError } from '@plimsoll/event-log'
import { sensitiveIn } from '../value-token.ts'
import type { Vault } from '../vault.ts'

/** The values that nobody gets to see in these manifest sets: those of Secrets, and what is known to be sensitive. */
export function hiddenValues(sets: readonly ManifestSet[], sensitiveOf: SensitiveOf): ReadonlySet<string> {
  const objects = sets.flatMap(({ files, hooks = [] }) => [...files.flatMap(({ objects: of }) => of), ...hooks])
  return new Set(objects.flatMap(({ object }) => hiddenIn(object, sensitiveOf)))
}

function hiddenIn(object: KubernetesObject, sensitiveOf: SensitiveOf): readonly string[] {
  const clear = leavesAt(object, [...sensitiveOf(object), ...(isSecret(object) ? ['/stringData'] : [])])
  const encoded = isSecret(object) ? leavesAt(object, ['/data']) : []
  return [...clear, ...encoded, ...encoded.map((text) => Buffer.from(text, 'base64').toString('utf8'))]
}

/**
 * The values to hide while a workflow goes from one manifest set to another. `digests` names them; one that retention has let
 * go hides nothing more.
 */
export async function valuesToHide(
  vault: Pick<Vault, 'get'>,
  config: Pick<WorkflowConfig, 'sensitive' | 'destination'>,
  digests: readonly string[],
  inventory: Inventory,
): Promise<ReadonlySet<string>> {
  const sets: ManifestSet[] = []
  for (const digest of new Set(digests)) {
    const set = await vault.get<ManifestSet>(digest).catch((error: unknown) => {
      if (error instanceof BlobMissingError) return undefined
      throw error
    })
    if (set !== undefined) sets.push(set)
  }
  return hiddenValues(sets, sensitiveIn(config, sets, inventory))
}
