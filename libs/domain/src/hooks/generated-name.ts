import type { KubernetesObject } from '../object/object-ref.ts'

/** Stands for what a run appends to `metadata.generateName`: no object of a cluster can have it in its name. */
const placeholder = '*'

/** The name of a hook that gets another one in each run, until it gets it: `migrate-*`. */
export function namedByRun(generateName: string): string {
  return `${generateName}${placeholder}`
}

/** Whether an object gets its name in the run that creates it. */
export function isNamedByRun({ metadata: { name, generateName } }: KubernetesObject): boolean {
  return typeof generateName === 'string' && name === namedByRun(generateName)
}

const longestName = 63

/** The object with its name in a run, the same one however often it is asked for. `suffix` is of letters and digits. */
export function withRunName(object: KubernetesObject, suffix: string): KubernetesObject {
  if (!isNamedByRun(object)) return object
  const { generateName, ...metadata } = object.metadata
  const name = `${String(generateName).slice(0, longestName - suffix.length)}${suffix}`
  return { ...object, metadata: { ...metadata, name } }
}
