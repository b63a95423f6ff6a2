import type { KubernetesObject } from '@plimsoll/domain'

export type HealthStatus = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown'

export type Health = {
  readonly status: HealthStatus
  /** Why, for people; empty when there is nothing to say. */
  readonly message: string
  /** It will not get better by waiting. */
  readonly final?: boolean
}

export type Condition = {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly observedGeneration?: number
  /** ISO 8601, in whole seconds; of a Deployment's conditions. */
  readonly lastUpdateTime?: string
}

/** `spec` or `status` as loosely typed data: nothing of an object is certain. */
export type Fields = { readonly [field: string]: unknown }

export const healthy: Health = { status: 'Healthy', message: '' }

export function progressing(message: string): Health {
  return { status: 'Progressing', message }
}

export function degraded(message: string, final = false): Health {
  return { status: 'Degraded', message, ...(final ? { final } : {}) }
}

export function suspended(message: string): Health {
  return { status: 'Suspended', message }
}

export function fieldsOf(object: KubernetesObject, field: 'spec' | 'status'): Fields {
  return recordOf(object[field])
}

export function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(recordOf) : []
}

export function numberOf(value: unknown, otherwise = 0): number {
  return typeof value === 'number' ? value : otherwise
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function conditionOf(object: KubernetesObject, type: string): Condition | undefined {
  return listOf(fieldsOf(object, 'status')['conditions']).find((condition) => condition['type'] === type) as
    Condition | undefined
}

/** Set while the controller has not yet looked at the newest spec. */
export function unobserved(object: KubernetesObject): Health | undefined {
  const { generation } = object.metadata
  const observed = fieldsOf(object, 'status')['observedGeneration']
  if (generation === undefined || numberOf(observed, -1) >= generation) return undefined
  return progressing('waiting for its controller to observe the newest generation')
}

export function conditionText({ type, reason, message }: Condition): string {
  return [reason, message].filter(Boolean).join(': ') || type
}
