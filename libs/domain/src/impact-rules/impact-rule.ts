import type { Impact } from '../impact.ts'
import type { Effect } from '../plan/plan.ts'
import type { PlanFacts, Subject } from './subject.ts'

/** Why a rule holds: a text for a reader, and what happens beside the change. */
export type Finding = string | { readonly text: string; readonly effects: readonly Effect[] }

export type ImpactRule = {
  /** By which a workflow raises or lowers it. */
  readonly name: string
  readonly impact: Impact
  /** When it holds, in one line. */
  readonly when: string
  readonly types: readonly Subject['type'][]
  /** `group/Kind`; missing: whatever the kind. */
  readonly kinds?: readonly string[]
  /** Happens whenever it holds. */
  readonly effects?: readonly Effect[]
  /** Its reason for a change of these types and kinds; undefined where it does not hold. */
  readonly finds: (subject: Subject, plan: PlanFacts) => Finding | undefined
}
