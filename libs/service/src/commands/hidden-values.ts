import { isSecret, leavesAt } from '@plimsoll/domain'
import type { KubernetesObject, ManifestSet, SensitiveOf } from '@plimsoll/domain'

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
