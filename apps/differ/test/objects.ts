import type { KubernetesObject } from '@plimsoll/domain'

export function configMap(name: string, namespace: string, data: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata }, data }
}

/** A Deployment of one container; `spec` is laid over it. */
export function deployment(
  name: string,
  namespace: string,
  spec: object = {},
  metadata: object = {},
): KubernetesObject {
  const labels = { app: name }
  const container = { name: 'web', image: 'web:1' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, ...metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
      ...spec,
    },
  }
}

export function deploymentPath({ metadata: { name, namespace } }: KubernetesObject): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
}

export function configMapPath({ metadata: { name, namespace } }: KubernetesObject): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${name}`
}

/** The same with another image in its only container. */
export function withImage(object: KubernetesObject, image: string): KubernetesObject {
  const spec = object['spec'] as { readonly template: { readonly metadata: object } }
  const template = { ...spec.template, spec: { containers: [{ name: 'web', image }] } }
  return { ...object, spec: { ...spec, template } }
}
