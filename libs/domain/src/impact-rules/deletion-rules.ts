import { textAt } from './subject.ts'
import type { ImpactRule } from './impact-rule.ts'
import { podTemplateOf } from './pod-template.ts'
import { isKubernetesGroup } from './subject.ts'
import { groupOf } from '../object/object-ref.ts'

const serving: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  '/ReplicationController',
  '/Pod',
])

/** What goes for good, or goes for a while. */
export const deletionRules: readonly ImpactRule[] = [
  {
    name: 'delete-namespace',
    impact: 'critical',
    when: 'a Namespace is deleted',
    types: ['delete'],
    kinds: ['/Namespace'],
    effects: ['loses_data', 'interrupts_traffic'],
    finds: () => 'everything in the Namespace is deleted with it',
  },
  {
    name: 'delete-definition',
    impact: 'critical',
    when: 'a CustomResourceDefinition is deleted',
    types: ['delete'],
    kinds: ['apiextensions.k8s.io/CustomResourceDefinition'],
    effects: ['loses_data'],
    finds: ({ before }) =>
      `every ${textAt(before, 'spec', 'names', 'kind') ?? 'object of its kind'} of the cluster is deleted with it`,
  },
  {
    name: 'delete-volume',
    impact: 'critical',
    when: 'a PersistentVolume or PersistentVolumeClaim is deleted',
    types: ['delete'],
    kinds: ['/PersistentVolume', '/PersistentVolumeClaim'],
    effects: ['loses_data'],
    finds: ({ ref }) => `the data of the ${ref.kind} may be lost with it`,
  },
  {
    name: 'delete-stateful-set',
    impact: 'critical',
    when: 'a StatefulSet is deleted',
    types: ['delete'],
    kinds: ['apps/StatefulSet'],
    finds: ({ before }) =>
      textAt(before, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete'
        ? { text: 'its pods go, and the volumes with their data', effects: ['interrupts_traffic', 'loses_data'] }
        : { text: 'its pods go; the volumes stay behind', effects: ['interrupts_traffic'] },
  },
  {
    name: 'delete-most',
    impact: 'critical',
    when: 'the plan deletes more than half of what the workflow owns; holds for each object that it deletes',
    types: ['delete'],
    finds: (_subject, { owned, deleted }) =>
      deleted * 2 > owned ? `the plan deletes ${deleted} of ${owned} objects that the workflow owns` : undefined,
  },
  {
    name: 'replace-data',
    impact: 'critical',
    when: 'an object that holds data, or others, is deleted and created again (PersistentVolume, PersistentVolumeClaim, StatefulSet, Namespace, CustomResourceDefinition)',
    types: ['replace'],
    kinds: [
      '/PersistentVolume',
      '/PersistentVolumeClaim',
      'apps/StatefulSet',
      '/Namespace',
      'apiextensions.k8s.io/CustomResourceDefinition',
    ],
    effects: ['loses_data'],
    finds: ({ ref }) => `the ${ref.kind} is deleted, and created again without what hangs on it`,
  },
  {
    name: 'replace',
    impact: 'high',
    when: 'an object is deleted and created again',
    types: ['replace'],
    effects: ['recreates'],
    finds: ({ before, kind }) =>
      podTemplateOf(before) === undefined && kind !== '/Service'
        ? 'the object is deleted, and created again as Git declares it'
        : {
            text: 'the object is deleted, and created again as Git declares it',
            effects: [
              ...(kind === '/Service' ? [] : ['restarts_pods' as const]),
              ...(kind === '/Service' || serving.has(kind) ? ['interrupts_traffic' as const] : []),
            ],
          },
  },
  {
    name: 'delete-workload',
    impact: 'medium',
    when: 'what runs pods is deleted',
    types: ['delete'],
    finds: ({ before, kind }) => {
      if (podTemplateOf(before) === undefined) return undefined
      const text = 'its pods go with it'
      return serving.has(kind) ? { text, effects: ['interrupts_traffic'] } : text
    },
  },
  {
    name: 'delete-service',
    impact: 'medium',
    when: 'a Service is deleted',
    types: ['delete'],
    kinds: ['/Service'],
    effects: ['interrupts_traffic'],
    finds: () => 'its name and address are no longer served',
  },
  {
    name: 'delete-custom-resource',
    impact: 'medium',
    when: 'an object of a kind that Kubernetes itself does not define is deleted',
    types: ['delete'],
    finds: ({ ref }) =>
      isKubernetesGroup(groupOf(ref.apiVersion))
        ? undefined
        : `what its controller made for the ${ref.kind} may go too`,
  },
]
