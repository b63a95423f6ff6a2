import { stringifyJson } from './lossless-json.ts'
import type { FieldChange } from './plan.ts'
import type { KubernetesObject } from './object-ref.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Gives the same short token for the same value, under a key, so that a change shows and the value does not. */
export type ValueToken = (value: string) => string

/** The object as people may see it: a Secret keeps its keys, and a token stands for each value. */
export function maskObject(object: KubernetesObject, token: ValueToken): KubernetesObject {
  const annotations = object.metadata.annotations
  const masked =
    annotations?.[lastApplied] === undefined
      ? object
      : {
          ...object,
          metadata: {
            ...object.metadata,
            annotations: { ...annotations, [lastApplied]: token(annotations[lastApplied]) },
          },
        }
  if (!isSecret(object)) return masked
  return {
    ...masked,
    ...(object['data'] !== undefined && { data: maskValues(object['data'], token) }),
    ...(object['stringData'] !== undefined && { stringData: maskValues(object['stringData'], token) }),
  }
}

export function isSecret({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean {
  return apiVersion === 'v1' && kind === 'Secret'
}

/** Whether a field tells a reader something: what the server keeps for itself does not. */
export function isShown({ path }: FieldChange): boolean {
  return (
    !path.startsWith('metadata.managedFields') &&
    !hiddenPaths.some((hidden) => path === hidden || path.startsWith(`${hidden}.`) || path.startsWith(`${hidden}[`))
  )
}

const hiddenPaths = [
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.uid',
  'metadata.creationTimestamp',
  'status',
]

function maskValues(values: unknown, token: ValueToken): unknown {
  if (typeof values !== 'object' || values === null) return token(textOf(values))
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, token(textOf(value))]))
}

// The API server takes texts only; a manifest may hold anything.
function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? stringifyJson(value) : String(value)
}
