/** A file of manifests, one document each. */
export function documents(...objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object, null, 2)).join('\n---\n')
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace?: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(namespace && { namespace }) }, data }
}

/** Starts at once on the test cluster, unless the image's name holds `broken`. */
export function deployment(name: string, { image = 'web:1', replicas = 1 } = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image }] } },
    },
  }
}

/**
 * Never starts, and as a rule its controller says after a second that it failed for good: a check of health then need not have a
 * short time-out, which would fail what does start on a busy machine.
 */
export function brokenDeployment(name: string, image: `broken:${number}` = 'broken:2'): object {
  const made = deployment(name, { image }) as { readonly spec: object }
  return { ...made, spec: { ...made.spec, progressDeadlineSeconds: 1 } }
}

/** Of the kind Gadget, in a group that only one test uses. */
export function customResourceDefinition(group: string): object {
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Gadget', plural: 'gadgets', singular: 'gadget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
}

export const configMapPath = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`
export const secretPath = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/secrets/${name}`
export const deploymentPath = (namespace: string, name: string) =>
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
