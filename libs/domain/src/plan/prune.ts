import { groupOf } from '../object/object-ref.ts'
import type { ObjectRef } from '../object/object-ref.ts'

const keptKinds: ReadonlySet<string> = new Set([
  '/Namespace',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  'apiextensions.k8s.io/CustomResourceDefinition',
])

/** Whether removing the object would take others, or data, with it: such ones are never removed unasked. */
export function isKept({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return keptKinds.has(`${groupOf(apiVersion)}/${kind}`)
}
