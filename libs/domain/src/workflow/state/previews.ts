import type { WorkflowEvent } from '../events/events.ts'
import type { AskedPreview, PreviewEvent, PreviewOf } from '../events/preview-events.ts'
import type { Workflow } from './state.ts'

/** So many previews may wait for an answer at once. */
export const previewsAtMost = 20

/** Asks for a preview. One that is asked for already gets one answer for all who ask; beyond the limit nothing is recorded. */
export function requestPreview(revision: string, of: PreviewOf) {
  return ({ config, previews }: Workflow): WorkflowEvent[] =>
    config === null || isAsked(previews, { revision, of }) || previews.length >= previewsAtMost
      ? []
      : [{ type: 'PreviewRequested', data: { revision, of } }]
}

/** Of what waits for an answer, an answer takes away what it answers; nothing else of a workflow changes by previews. */
export function evolvePreviews(
  previews: readonly AskedPreview[],
  { type, data }: PreviewEvent,
): readonly AskedPreview[] {
  switch (type) {
    case 'PreviewRequested':
      return [...previews, data]
    case 'PreviewMade':
      return without(previews, { revision: data.revision, of: 'plan' })
    case 'RevisionRendered':
      return without(previews, { revision: data.revision, of: 'render' })
    case 'PreviewFailed':
      return without(previews, data)
  }
}

function isAsked(previews: readonly AskedPreview[], asked: AskedPreview): boolean {
  return previews.some((known) => isSame(known, asked))
}

function without(previews: readonly AskedPreview[], answered: AskedPreview): readonly AskedPreview[] {
  return previews.filter((known) => !isSame(known, answered))
}

function isSame(a: AskedPreview, b: AskedPreview): boolean {
  return a.revision === b.revision && a.of === b.of
}
