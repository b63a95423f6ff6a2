import { readQuantity } from '../object/quantity.ts'
import type { ImpactRule } from './impact-rule.ts'
import { at, listAt, textAt } from './subject.ts'
import type { Subject } from './subject.ts'

const claims = ['/PersistentVolumeClaim', 'apps/StatefulSet']

/** What decides over data. */
export const storageRules: readonly ImpactRule[] = [
  {
    name: 'volume-shrunk',
    impact: 'high',
    when: 'a PersistentVolumeClaim, or one that a StatefulSet makes, asks for less than before',
    types: ['update', 'replace'],
    kinds: claims,
    finds: (subject) =>
      inClaims(subject, (before, after) => {
        const [old, now] = [before, after].map((spec) => at(spec, 'resources', 'requests', 'storage'))
        const [more, less] = [amount(old), amount(now)]
        return more !== undefined && less !== undefined && less < more
          ? `asks for ${String(now)} instead of ${String(old)}`
          : undefined
      }),
  },
  {
    name: 'storage-class-changed',
    impact: 'high',
    when: 'a PersistentVolumeClaim, or one that a StatefulSet makes, names another storage class',
    types: ['update', 'replace'],
    kinds: claims,
    finds: (subject) =>
      inClaims(subject, (before, after) => {
        const [old, now] = [textAt(before, 'storageClassName'), textAt(after, 'storageClassName')]
        return old !== undefined && now !== undefined && old !== now
          ? `names the storage class ${now} instead of ${old}`
          : undefined
      }),
  },
  {
    name: 'volume-retention',
    impact: 'high',
    when: 'from now on volumes are deleted with what uses them (PersistentVolume, StatefulSet)',
    types: ['update', 'replace'],
    kinds: ['/PersistentVolume', 'apps/StatefulSet'],
    finds: ({ before, after }) => {
      const deletes = (object: unknown, ...path: readonly string[]) => textAt(object, 'spec', ...path) === 'Delete'
      const paths = [
        ['persistentVolumeReclaimPolicy'],
        ['persistentVolumeClaimRetentionPolicy', 'whenDeleted'],
        ['persistentVolumeClaimRetentionPolicy', 'whenScaled'],
      ]
      const now = paths.find((path) => deletes(after, ...path) && !deletes(before, ...path))
      return now && `${now.join('.')} becomes Delete: volumes go with what uses them`
    },
  },
]

/** What a look at each pair of claims finds first; the claims of a StatefulSet are paired by name. */
function inClaims(
  { kind, before, after }: Subject,
  look: (before: unknown, after: unknown) => string | undefined,
): string | undefined {
  if (kind === '/PersistentVolumeClaim') {
    const found = look(at(before, 'spec'), at(after, 'spec'))
    return found && `the claim ${found}`
  }
  const old = listAt(before, 'spec', 'volumeClaimTemplates')
  for (const claim of listAt(after, 'spec', 'volumeClaimTemplates')) {
    const name = textAt(claim, 'metadata', 'name')
    const earlier = old.find((other) => textAt(other, 'metadata', 'name') === name)
    const found = earlier === undefined ? undefined : look(at(earlier, 'spec'), at(claim, 'spec'))
    if (found !== undefined) return `the claim ${name} ${found}`
  }
  return undefined
}

function amount(value: unknown): bigint | undefined {
  return typeof value === 'string' || typeof value === 'number' ? readQuantity(String(value)) : undefined
}
