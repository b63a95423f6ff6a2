import type { KubernetesObject } from '@plimsoll/domain'
import type { BareObject } from './bare-client.ts'

/** What a platform's repository holds: six ConfigMaps, two Services, a Deployment and a Secret in ten objects. */
export function mixedObjects(count: number): readonly KubernetesObject[] {
  return Array.from({ length: count }, (_, index) => mixedObject(index))
}

/** The same objects with a label that they did not have, and ConfigMaps with another value. */
export function changedObjects(objects: readonly KubernetesObject[], value: string): readonly KubernetesObject[] {
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, changed: value } },
    ...(object.kind === 'ConfigMap' && { data: { ...(object['data'] as object), key: value } }),
  }))
}

function mixedObject(index: number): KubernetesObject {
  const name = `object-${index}`
  const metadata = { name, labels: { app: name } }
  switch (index % 10) {
    case 0:
      return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec(name) }
    case 1:
      return { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: `secret-${index}` } }
    case 2:
    case 3:
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
      }
    default:
      return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: `value-${index}`, text: 'x'.repeat(300) } }
  }
}

function deploymentSpec(name: string) {
  const container = {
    name: 'web',
    image: 'web:1',
    ports: [{ containerPort: 80 }],
    resources: { requests: { cpu: '10m', memory: '16Mi' } },
  }
  return {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
  }
}

const collections: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/{}/configmaps',
  Secret: '/api/v1/namespaces/{}/secrets',
  Service: '/api/v1/namespaces/{}/services',
  Deployment: '/apis/apps/v1/namespaces/{}/deployments',
}

export function bareObjects(objects: readonly KubernetesObject[], namespace: string): readonly BareObject[] {
  return objects.map((object) => ({
    path: `${collections[object.kind]?.replace('{}', namespace)}/${object.metadata.name}`,
    body: JSON.stringify(object),
  }))
}

/** One file for each object, a hundred in a folder. */
export function asFiles(objects: readonly KubernetesObject[]): Record<string, string> {
  return Object.fromEntries(
    objects.map((object, index) => [
      `app/part-${Math.floor(index / 100)}/${object.metadata.name}.json`,
      JSON.stringify(object, null, 2),
    ]),
  )
}
