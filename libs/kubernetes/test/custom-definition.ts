import { randomBytes } from 'node:crypto'
import type { KubernetesObject } from '@plimsoll/domain'

/** A CustomResourceDefinition with a fresh group, so that tests do not meet; its `spec` takes any field. */
export function customDefinition(scope: 'Namespaced' | 'Cluster' = 'Namespaced'): {
  readonly definition: KubernetesObject
  readonly apiVersion: string
  readonly kind: string
} {
  const group = `t${randomBytes(5).toString('hex')}.example.com`
  const schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  }
  const definition: KubernetesObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `ships.${group}` },
    spec: {
      group,
      scope,
      names: { plural: 'ships', singular: 'ship', kind: 'Ship', listKind: 'ShipList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  }
  return { definition, apiVersion: `${group}/v1`, kind: 'Ship' }
}
