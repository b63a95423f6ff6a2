import type { KubernetesObject } from '../object/object-ref.ts'
import { at, listAt, textAt } from './subject.ts'

/** The pods of a workload as it declares them: `{ metadata, spec }`. */
export type PodTemplate = { readonly metadata?: unknown; readonly spec?: unknown }

/** undefined for an object that makes no pods. Also kinds of others are known by what their template holds. */
export function podTemplateOf(object: KubernetesObject | undefined): PodTemplate | undefined {
  if (object === undefined) return undefined
  const template =
    object.kind === 'Pod' && object.apiVersion === 'v1'
      ? object
      : object.kind === 'CronJob'
        ? at(object, 'spec', 'jobTemplate', 'spec', 'template')
        : at(object, 'spec', 'template')
  return Array.isArray(at(template, 'spec', 'containers')) ? (template as PodTemplate) : undefined
}

/** All containers of a pod, those that run first too. */
export function containersOf(template: PodTemplate | undefined): readonly unknown[] {
  return [...listAt(template, 'spec', 'initContainers'), ...listAt(template, 'spec', 'containers')]
}

/** Names of the ConfigMaps and Secrets that a pod reads, as `ConfigMap/name` and `Secret/name`. */
export function sourcesOf(template: PodTemplate): readonly string[] {
  const sources = new Set<string>()
  const add = (kind: string, name: string | undefined) => name !== undefined && sources.add(`${kind}/${name}`)
  for (const volume of listAt(template, 'spec', 'volumes')) {
    add('ConfigMap', textAt(volume, 'configMap', 'name'))
    add('Secret', textAt(volume, 'secret', 'secretName'))
    for (const projected of listAt(volume, 'projected', 'sources')) {
      add('ConfigMap', textAt(projected, 'configMap', 'name'))
      add('Secret', textAt(projected, 'secret', 'name'))
    }
  }
  for (const container of containersOf(template)) {
    for (const from of listAt(container, 'envFrom')) {
      add('ConfigMap', textAt(from, 'configMapRef', 'name'))
      add('Secret', textAt(from, 'secretRef', 'name'))
    }
    for (const variable of listAt(container, 'env')) {
      add('ConfigMap', textAt(variable, 'valueFrom', 'configMapKeyRef', 'name'))
      add('Secret', textAt(variable, 'valueFrom', 'secretKeyRef', 'name'))
    }
  }
  return [...sources]
}
