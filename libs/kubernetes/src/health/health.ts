import { groupOf } from '@plimsoll/domain'
import type { KubernetesObject } from '@plimsoll/domain'
import { isBuiltInGroup } from '../apply-order.ts'
import { apiServiceHealth, customResourceDefinitionHealth } from './api-extension-health.ts'
import { cronJobHealth, jobHealth } from './batch-health.ts'
import { conditionsHealth } from './conditions-health.ts'
import type { Health } from './health-status.ts'
import { ingressHealth, serviceHealth } from './network-health.ts'
import { podHealth } from './pod-health.ts'
import { autoscalerHealth, disruptionBudgetHealth } from './scaling-health.ts'
import { namespaceHealth, persistentVolumeClaimHealth, persistentVolumeHealth } from './storage-health.ts'
import { workflowHealth } from './workflow-health.ts'
import { daemonSetHealth, deploymentHealth, replicaSetHealth, statefulSetHealth } from './workload-health.ts'

type Rule = (object: KubernetesObject) => Health

const rules: Readonly<Record<string, Rule>> = {
  'apps/Deployment': deploymentHealth,
  'apps/StatefulSet': statefulSetHealth,
  'apps/DaemonSet': daemonSetHealth,
  'apps/ReplicaSet': replicaSetHealth,
  '/ReplicationController': replicaSetHealth,
  'batch/Job': jobHealth,
  'batch/CronJob': cronJobHealth,
  '/Pod': podHealth,
  '/PersistentVolumeClaim': persistentVolumeClaimHealth,
  '/PersistentVolume': persistentVolumeHealth,
  '/Namespace': namespaceHealth,
  '/Service': serviceHealth,
  'networking.k8s.io/Ingress': ingressHealth,
  'autoscaling/HorizontalPodAutoscaler': autoscalerHealth,
  'policy/PodDisruptionBudget': disruptionBudgetHealth,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinitionHealth,
  'apiregistration.k8s.io/APIService': apiServiceHealth,
  'argoproj.io/Workflow': workflowHealth,
}

/**
 * How a live object fares, by the rules that people know from Argo CD and kstatus. What its controller has said about an
 * older generation than the object's own does not count. Undefined stands for an object that does not exist.
 */
export function health(object: KubernetesObject | undefined): Health {
  if (!object) return { status: 'Missing', message: 'the object does not exist' }
  if (object.metadata['deletionTimestamp']) return { status: 'Progressing', message: 'being deleted' }
  const rule = rules[ruleName(object)]
  if (rule) return rule(object)
  return isBuiltInGroup(groupOf(object.apiVersion)) ? { status: 'Healthy', message: '' } : conditionsHealth(object)
}

/** Whether objects of this kind can be anything but healthy: for the rest there is nothing to wait for. */
export function hasHealth(apiVersion: string, kind: string): boolean {
  return Object.hasOwn(rules, ruleName({ apiVersion, kind })) || !isBuiltInGroup(groupOf(apiVersion))
}

function ruleName({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  return `${groupOf(apiVersion)}/${kind}`
}
