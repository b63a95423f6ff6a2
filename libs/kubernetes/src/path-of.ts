import type { ResourceType } from './discovery.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { describeRef } from '@plimsoll/domain'
import type { ObjectRef } from '@plimsoll/domain'

/** Path of a kind's collection, in one namespace or over all. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`
  return `${root}${type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${type.resource}`
}

export function objectPath(type: ResourceType, ref: ObjectRef): string {
  if (type.namespaced && !ref.namespace) {
    const message = `${describeRef(ref)} has no namespace, and ${ref.kind} needs one`
    throw new KubernetesError({ kind: 'invalid', message, retryable: false, ref })
  }
  return `${collectionPath(type, ref.namespace)}/${encodeURIComponent(ref.name)}`
}

export function queryOf(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  const query = given.map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`).join('&')
  return query && `?${query}`
}

export function apiVersionOf(type: ResourceType): string {
  return type.group ? `${type.group}/${type.version}` : type.version
}
