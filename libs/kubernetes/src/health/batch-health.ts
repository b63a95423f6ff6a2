import type { KubernetesObject } from '@plimsoll/domain'
import {
  conditionOf,
  conditionText,
  degraded,
  fieldsOf,
  healthy,
  numberOf,
  progressing,
  suspended,
} from './health-status.ts'
import type { Health } from './health-status.ts'

export function jobHealth(object: KubernetesObject): Health {
  const failed = conditionOf(object, 'Failed')
  if (failed?.status === 'True') return degraded(conditionText(failed), true)
  const complete = conditionOf(object, 'Complete')
  if (complete?.status === 'True') return { status: 'Healthy', message: 'completed' }
  // Pods are about to be ended, and the Failed condition follows once they are.
  const target = conditionOf(object, 'FailureTarget')
  if (target?.status === 'True') return degraded(conditionText(target), true)
  if (fieldsOf(object, 'spec')['suspend'] === true) return suspended('the Job is suspended')
  const { active, succeeded } = fieldsOf(object, 'status')
  return progressing(`${numberOf(active)} pods run, ${numberOf(succeeded)} succeeded`)
}

export function cronJobHealth(object: KubernetesObject): Health {
  return fieldsOf(object, 'spec')['suspend'] === true ? suspended('the CronJob is suspended') : healthy
}
