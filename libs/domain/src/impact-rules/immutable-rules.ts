import type { ImpactRule } from './impact-rule.ts'
import { at, differs, same } from './subject.ts'
import type { Subject } from './subject.ts'

const selecting = ['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'apps/ReplicaSet', '/Service']

/** Fields that the API server never changes in place. Selectors have a rule of their own. */
const immutable: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '/Service': [['spec', 'clusterIP']],
  '/PersistentVolumeClaim': [
    ['spec', 'accessModes'],
    ['spec', 'volumeName'],
    ['spec', 'volumeMode'],
    ['spec', 'selector'],
    ['spec', 'dataSource'],
  ],
  '/PersistentVolume': [
    ['spec', 'volumeMode'],
    ['spec', 'csi'],
    ['spec', 'nfs'],
    ['spec', 'hostPath'],
    ['spec', 'local'],
  ],
  '/Secret': [['type']],
  'apps/StatefulSet': [
    ['spec', 'serviceName'],
    ['spec', 'podManagementPolicy'],
    ['spec', 'volumeClaimTemplates'],
  ],
  'batch/Job': [
    ['spec', 'template'],
    ['spec', 'selector'],
    ['spec', 'completionMode'],
  ],
  'rbac.authorization.k8s.io/RoleBinding': [['roleRef']],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [['roleRef']],
  'storage.k8s.io/StorageClass': [['provisioner'], ['parameters'], ['reclaimPolicy'], ['volumeBindingMode']],
  'scheduling.k8s.io/PriorityClass': [['value'], ['preemptionPolicy']],
  'networking.k8s.io/IngressClass': [['spec', 'controller']],
  'node.k8s.io/RuntimeClass': [['handler']],
  'apiextensions.k8s.io/CustomResourceDefinition': [
    ['spec', 'group'],
    ['spec', 'scope'],
    ['spec', 'names', 'kind'],
    ['spec', 'names', 'plural'],
  ],
}

/** What makes an object this one and no other. */
export const immutableRules: readonly ImpactRule[] = [
  {
    name: 'selector-changed',
    impact: 'high',
    when: 'a workload or a Service selects other pods',
    types: ['update', 'replace'],
    kinds: selecting,
    effects: ['interrupts_traffic'],
    finds: (subject) => (differs(subject, 'spec', 'selector') ? 'it selects other pods than before' : undefined),
  },
  {
    name: 'immutable-field',
    impact: 'high',
    when: 'a field changes that cannot be changed in place, such as the roleRef of a binding or the template of a Job',
    types: ['update', 'replace'],
    kinds: [...Object.keys(immutable), '/ConfigMap'],
    finds: (subject) => {
      const path = immutable[subject.kind]?.find((each) => differs(subject, ...each)) ?? frozenData(subject)
      return path && `${path.join('.')} cannot be changed in place`
    },
  },
]

/** The data of a ConfigMap or Secret that says of itself that it never changes. */
function frozenData({ kind, before, after }: Subject): readonly string[] | undefined {
  if ((kind !== '/ConfigMap' && kind !== '/Secret') || at(before, 'immutable') !== true) return undefined
  const changed = ['data', 'binaryData'].find((field) => !same(at(before, field), at(after, field)))
  return changed === undefined ? undefined : [changed]
}
