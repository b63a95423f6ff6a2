import type { ChangeDraft } from './change.ts'
import type { Impact } from './impact.ts'
import { shortName } from './object-ref.ts'
import type { Change, ImpactReason } from './plan.ts'

/** What the impact of a change depends on beside the change itself. */
export type AssessmentContext = {
  /** The workflow's own impact of a rule, by the rule's name. */
  readonly overrides: Readonly<Record<string, Impact>>
  /** Objects that the workflow owns now. */
  readonly owned: number
}

/** Says of every change of one plan how bad it is, why, and what happens beside it. */
export function assessChanges(drafts: readonly ChangeDraft[], { overrides }: AssessmentContext): readonly Change[] {
  return drafts.map((draft) => {
    const rule = draft.replaces ? 'replace' : draft.type
    const impact = overrides[rule] ?? defaults[rule]
    const reasons: readonly ImpactReason[] = [{ rule, impact, text: texts[rule] }]
    return { ...draft, effects: [], impact, reasons }
  })
}

const defaults = { create: 'low', update: 'low', delete: 'medium', replace: 'high' } as const
const texts = {
  create: 'the object is new',
  update: 'fields of the object change',
  delete: 'the object is removed',
  replace: 'the object is deleted and created again',
}

/** One warning per object that a change of high or critical impact is for, in the seed's words. */
export function impactWarnings(changes: readonly Change[]): readonly string[] {
  return changes
    .filter(({ type, replaces }) => !(replaces && type === 'delete'))
    .flatMap(({ impact, ref }) => {
      if (impact !== 'high' && impact !== 'critical') return []
      return `${impact === 'high' ? 'High' : 'Critical'}-impact change detected: ${shortName(ref)}`
    })
}
