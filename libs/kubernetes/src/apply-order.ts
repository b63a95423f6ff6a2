// The order in which kinds are applied, as people know it from Helm and Argo CD: what others stand on comes first.
const kindsInOrder: readonly string[] = [
  'PriorityClass',
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
]

const orderOf = new Map(kindsInOrder.map((kind, order) => [kind, order]))
const hooksGroup = 'admissionregistration.k8s.io'

/** Apply order of the last step. */
export const lastApplyOrder: number = kindsInOrder.length + 1

/**
 * Rank of a kind in a sync: lower ranks are applied first, equal ranks together; pruning goes the other way round. Kinds that
 * are not built in follow the built-in ones, and admission webhooks come last, as their servers are among what comes before.
 */
export function applyOrder(kind: string, group = ''): number {
  if (group === hooksGroup) return lastApplyOrder
  return isBuiltInGroup(group) ? (orderOf.get(kind) ?? kindsInOrder.length) : kindsInOrder.length
}

/** Whether the API server itself, and no CRD or extension, serves this API group. */
export function isBuiltInGroup(group: string): boolean {
  return !group.includes('.') || builtInDomains.test(group)
}

const builtInDomains =
  /^(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|internal\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage|storagemigration)\.k8s\.io$/
