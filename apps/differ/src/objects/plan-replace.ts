import {
  createChange,
  deleteChange,
  groupOf,
  isKept,
  optionsOf,
  parseJson,
  stringifyJson,
  unifiedDiffOf,
} from '@plimsoll/domain'
import type { ChangeDraft, Conflict, KubernetesObject, LiveState } from '@plimsoll/domain'
import { apply, hiding, KubernetesError } from '@plimsoll/kubernetes'
import { answerTo } from './ask.ts'
import { refused } from './conflict.ts'
import { recorded } from './candidate.ts'
import type { Candidate, ObjectPlan, Planner } from './candidate.ts'
import { tellUpdate } from './tell-update.ts'

/** What the API server will not change in place is deleted and created again, if the object says so and nothing hangs on it. */
export async function planReplace(
  planner: Planner,
  candidate: Candidate,
  live: KubernetesObject,
  state: LiveState,
  error: KubernetesError,
): Promise<ObjectPlan> {
  const { object } = candidate
  const { token } = planner
  if (!optionsOf(object).replace || !isReplaceable(object))
    return { outcome: 'conflict', conflict: notReplaced(refused(planner, object, error), object, error) }
  const copy = await askForCopy(planner, candidate)
  if ('conflict' in copy) return { outcome: 'conflict', conflict: copy.conflict }
  const told = copy.after && tellUpdate(planner, live, object, copy.after)
  return {
    outcome: 'step',
    step: { action: 'replace', object, ...recorded(candidate), live: state },
    changes: [
      { ...deleteChange(live, token), replaces: true },
      { ...createChange(object, token), replaces: true, ...(told && differencesOf(told)) },
    ],
    conflicts: [],
    unasked: undefined,
    warnings: [],
  }
}

/** Whether deleting the object to make it anew takes nothing with it that Git does not hold. */
export function isReplaceable(object: Pick<KubernetesObject, 'apiVersion' | 'kind'>): boolean {
  return !isKept(object) && !(object.kind === 'StatefulSet' && groupOf(object.apiVersion) === 'apps')
}

function notReplaced(conflict: Conflict, object: KubernetesObject, { refusal }: KubernetesError): Conflict {
  const fields = refusal?.cause === 'immutable' && refusal.fields.length > 0 ? refusal.fields.join(', ') : 'the field'
  const keep = `keep ${fields} as it is in the cluster`
  const wish = 'plimsoll.dev/replace: "true"'
  return {
    ...conflict,
    suggestions: isReplaceable(object)
      ? [keep, `let the sync delete the object and create it anew: annotate it with \`${wish}\``]
      : [
          keep,
          `delete it yourself once its data is safe; a ${object.kind} is not replaced${optionsOf(object).replace ? `, in spite of \`${wish}\`` : ''}, as what hangs on it would go with it`,
        ],
  }
}

/** What is another in the new object, for who looks at both halves as one. What the server makes anew tells nothing. */
function differencesOf(update: ChangeDraft): Pick<ChangeDraft, 'fields' | 'unified_diff'> {
  return { fields: update.fields.filter(({ server }) => !server), unified_diff: unifiedDiffOf(update) }
}

/**
 * What would refuse the new object once the old one is gone, asked of the API server before anything is deleted: a create under
 * another name. What only says that both cannot live at once, or that the name is wrong, tells nothing. Else `after` is
 * what it would be.
 */
export async function askForCopy(
  planner: Planner,
  candidate: Pick<Candidate, 'object' | 'mendedBy'>,
): Promise<{ readonly conflict: Conflict } | { readonly after: KubernetesObject | undefined }> {
  const { object } = candidate
  const name = `${object.metadata.name.slice(0, 40).replace(/[^a-z0-9]+$/, '')}-plimsoll-copy`
  const copy = { ...object, metadata: { ...object.metadata, name } }
  // Under its other name nobody knows what is sensitive in it.
  const cluster = hiding(planner.cluster, () => planner.token.sensitiveOf?.(object) ?? [])
  try {
    const asked = await apply(cluster, copy, {
      dryRun: true,
      precondition: { create: true },
      signal: planner.signal,
    })
    const after = parseJson(stringifyJson(asked.object).replaceAll(name, object.metadata.name)) as KubernetesObject
    return { after }
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error
    const telling = error.kind === 'unknown-field' || error.kind === 'invalid' || error.kind === 'admission'
    if (!error.retryable && (!telling || /already allocated|metadata\.name|\bname\b.*must/.test(error.message)))
      return { after: undefined }
    const answer = answerTo(planner, candidate, error)
    return answer.answer === 'conflict' ? { conflict: answer.conflict } : { after: undefined }
  }
}
