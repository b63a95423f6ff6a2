import { fingerprint } from './id.ts'
import { identityOf, refOf } from './object-ref.ts'
import type { KubernetesObject } from './object-ref.ts'

/** The label that says which workflow an object belongs to; its value is `workflowMark(id)`. */
export const markLabel = 'plimsoll.dev/workflow'
/** The annotation with the object's own identity, so that a copy under another name is not taken for ours. */
export const markAnnotation = 'plimsoll.dev/id'
/** The field manager of every write. */
export const fieldManager = 'plimsoll'

export function workflowMark(workflowId: string): string {
  return fingerprint(`workflow\n${workflowId}`)
}

/** The object with our mark: the only thing that is added to what Git holds. */
export function withMark(object: KubernetesObject, workflowId: string): KubernetesObject {
  const { labels, annotations } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, [markLabel]: workflowMark(workflowId) },
      annotations: { ...annotations, [markAnnotation]: identityOf(refOf(object)) },
    },
  }
}

/** Whether a live object carries the workflow's mark and is no copy of one that does. */
export function isMarked(object: KubernetesObject, workflowId: string): boolean {
  return (
    object.metadata.labels?.[markLabel] === workflowMark(workflowId) &&
    object.metadata.annotations?.[markAnnotation] === identityOf(refOf(object))
  )
}
