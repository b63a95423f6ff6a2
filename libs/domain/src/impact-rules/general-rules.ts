import { groupOf } from '../object/object-ref.ts'
import type { ImpactRule } from './impact-rule.ts'
import { isKubernetesGroup, some } from './subject.ts'
import type { Subject } from './subject.ts'

/** What holds for objects of any kind; create, update and delete hold for every change of their type. */
export const generalRules: readonly ImpactRule[] = [
  {
    name: 'config-changed',
    impact: 'low',
    when: 'a ConfigMap or Secret changes',
    types: ['update'],
    kinds: ['/ConfigMap', '/Secret'],
    finds: (subject, { readersOf }) => {
      if (isMetadataOnly(subject)) return undefined
      const readers = readersOf(subject.ref)
      return readers.length > 0
        ? `${some(readers)} of this plan ${readers.length === 1 ? 'reads' : 'read'} it`
        : 'pods that read it do so at their next start, or a little later from a volume'
    },
  },
  {
    name: 'custom-resource-changed',
    impact: 'medium',
    when: 'an object of a kind that Kubernetes itself does not define changes in more than its metadata',
    types: ['update'],
    finds: (subject) =>
      isKubernetesGroup(groupOf(subject.ref.apiVersion)) || isMetadataOnly(subject)
        ? undefined
        : `what follows is up to the controller of ${subject.ref.kind}`,
  },
  {
    name: 'metadata-changed',
    impact: 'low',
    when: 'nothing but labels, annotations and the like changes',
    types: ['update'],
    finds: (subject) => (isMetadataOnly(subject) ? 'only metadata changes' : undefined),
  },
  {
    name: 'delete',
    impact: 'medium',
    when: 'any object is deleted',
    types: ['delete'],
    finds: () => 'the object is deleted',
  },
  {
    name: 'create',
    impact: 'low',
    when: 'any object is created',
    types: ['create'],
    finds: () => 'the object is new',
  },
  {
    name: 'update',
    impact: 'low',
    when: 'any object is changed',
    types: ['update'],
    finds: () => 'fields of the object change',
  },
]

function isMetadataOnly({ fields }: Subject): boolean {
  return fields.every(({ path }) => path === 'metadata' || path.startsWith('metadata.'))
}
