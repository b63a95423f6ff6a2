import type { KubernetesObject } from '@plimsoll/domain'
import { fieldsOf, healthy, listOf, progressing, recordOf } from './health-status.ts'
import type { Health } from './health-status.ts'

export function serviceHealth(object: KubernetesObject): Health {
  if (fieldsOf(object, 'spec')['type'] !== 'LoadBalancer') return healthy
  return hasAddress(object) ? healthy : progressing('the load balancer has no address yet')
}

export function ingressHealth(object: KubernetesObject): Health {
  return hasAddress(object) ? healthy : progressing('the ingress controller has not given it an address yet')
}

function hasAddress(object: KubernetesObject): boolean {
  return listOf(recordOf(fieldsOf(object, 'status')['loadBalancer'])['ingress']).length > 0
}
