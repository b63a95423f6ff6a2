import { identityOf, refOf } from './object-ref.ts'
import type { KubernetesObject } from './object-ref.ts'

/** The label that says which workflow an object belongs to. Its value is the workflow's mark, which no two installations share. */
export const markLabel = 'plimsoll.dev/workflow'
/** The annotation with the object's own identity, so that a copy under another name is not taken for ours. */
export const markAnnotation = 'plimsoll.dev/id'
/** The field manager of every write. */
export const fieldManager = 'plimsoll'

/** The object with our mark: the only thing that is added to what Git holds. */
export function withMark(object: KubernetesObject, mark: string): KubernetesObject {
  const { labels, annotations } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, [markLabel]: mark },
      annotations: { ...annotations, [markAnnotation]: identityOf(refOf(object)) },
    },
  }
}

/** Whether a live object carries this mark and is no copy of one that does. */
export function isMarked(object: KubernetesObject, mark: string): boolean {
  return (
    object.metadata.labels?.[markLabel] === mark &&
    object.metadata.annotations?.[markAnnotation] === identityOf(refOf(object))
  )
}
