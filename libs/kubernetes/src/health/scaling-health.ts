import type { KubernetesObject } from '@plimsoll/domain'
import {
  conditionOf,
  conditionText,
  degraded,
  fieldsOf,
  healthy,
  listOf,
  numberOf,
  progressing,
  unobserved,
} from './health-status.ts'
import type { Condition, Health } from './health-status.ts'

const failing = new Set([
  'FailedGetScale',
  'FailedUpdateScale',
  'FailedGetResourceMetric',
  'InvalidSelector',
  'FailedGetObjectMetric',
])

export function autoscalerHealth(object: KubernetesObject): Health {
  const conditions = listOf(fieldsOf(object, 'status')['conditions']) as readonly unknown[] as readonly Condition[]
  if (conditions.length === 0) return progressing('waiting to autoscale')
  const broken = conditions.find(({ status, reason = '' }) => status === 'False' && failing.has(reason))
  if (broken) return degraded(conditionText(broken))
  const works = conditions.some(
    ({ type, status }) => status === 'True' && (type === 'AbleToScale' || type === 'ScalingLimited'),
  )
  return works ? healthy : progressing('waiting to autoscale')
}

export function disruptionBudgetHealth(object: KubernetesObject): Health {
  const waiting = unobserved(object)
  if (waiting) return waiting
  const { currentHealthy, desiredHealthy } = fieldsOf(object, 'status')
  const [now, wanted] = [numberOf(currentHealthy), numberOf(desiredHealthy)]
  const allowed = conditionOf(object, 'DisruptionAllowed')
  if (allowed?.reason === 'SyncFailed') return degraded(conditionText(allowed))
  return now < wanted ? progressing(`${now} of ${wanted} pods that the budget needs are healthy`) : healthy
}
