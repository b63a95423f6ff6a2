import type { KubernetesObject } from '@plimsoll/domain'
import { conditionOf, conditionText, degraded, healthy, progressing } from './health-status.ts'
import type { Health } from './health-status.ts'

export function customResourceDefinitionHealth(object: KubernetesObject): Health {
  const names = conditionOf(object, 'NamesAccepted')
  if (names?.status === 'False') return degraded(conditionText(names))
  const established = conditionOf(object, 'Established')
  if (established?.status !== 'True')
    return progressing(established ? conditionText(established) : 'not yet established')
  const schema = conditionOf(object, 'NonStructuralSchema')
  return schema?.status === 'True' ? degraded(conditionText(schema)) : healthy
}

export function apiServiceHealth(object: KubernetesObject): Health {
  const available = conditionOf(object, 'Available')
  if (available?.status === 'True') return healthy
  return progressing(available ? conditionText(available) : 'not yet available')
}
