import type { KubernetesObject } from '@plimsoll/domain'
import { degraded, fieldsOf, healthy, progressing, textOf } from './health-status.ts'
import type { Health } from './health-status.ts'

export function persistentVolumeClaimHealth(object: KubernetesObject): Health {
  switch (fieldsOf(object, 'status')['phase']) {
    case 'Bound':
      return healthy
    case 'Lost':
      return degraded('the volume of the claim is lost')
    default:
      return progressing('the claim waits for a volume')
  }
}

export function persistentVolumeHealth(object: KubernetesObject): Health {
  const { phase, message } = fieldsOf(object, 'status')
  if (phase === 'Failed') return degraded(textOf(message) || 'the volume failed')
  return phase === 'Available' || phase === 'Bound' || phase === 'Released'
    ? healthy
    : progressing('the volume is pending')
}

export function namespaceHealth(object: KubernetesObject): Health {
  return fieldsOf(object, 'status')['phase'] === 'Terminating' ? progressing('the namespace is being deleted') : healthy
}
