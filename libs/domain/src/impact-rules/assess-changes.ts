import type { ChangeDraft } from '../plan/change.ts'
import { impacts } from '../impact.ts'
import type { Impact, ImpactReason } from '../impact.ts'
import { impactRules } from './impact-rules.ts'
import type { Finding, ImpactRule } from './impact-rule.ts'
import { podTemplateOf, sourcesOf } from './pod-template.ts'
import { kindOf } from './subject.ts'
import type { PlanFacts, Subject } from './subject.ts'
import { identityOf, shortName } from '../object/object-ref.ts'
import { optionsOf } from '../plan/object-options.ts'
import type { Change, Effect } from '../plan/plan.ts'

/** What the impact of a change depends on beside the change itself. */
export type AssessmentContext = {
  /** The workflow's own impact of a rule, by the rule's name. */
  readonly overrides: Readonly<Record<string, Impact>>
  /** Objects that the workflow owns now. */
  readonly owned: number
}

/**
 * Says of every change of one plan how bad it is, why, and what happens beside it. The reasons come with the worst first. Both
 * halves of a replace are judged as one, so give all changes of a plan together.
 */
export function assessChanges(drafts: readonly ChangeDraft[], { overrides, owned }: AssessmentContext): Change[] {
  const plan: PlanFacts = {
    owned,
    deleted: drafts.filter(({ type, replaces }) => type === 'delete' && !replaces).length,
    readersOf: readersIn(drafts),
  }
  const replaced = new Map<string, Subject>()
  for (const draft of drafts)
    if (draft.replaces) {
      const identity = identityOf(draft.ref)
      const { before, after } = replaced.get(identity) ?? { before: undefined, after: undefined }
      replaced.set(identity, subjectOf(draft, draft.current_state ?? before, draft.desired_state ?? after))
    }
  return drafts.map((draft) => {
    const subject = replaced.get(identityOf(draft.ref)) ?? subjectOf(draft, draft.current_state, draft.desired_state)
    return { ...draft, ...assess(subject, plan, overrides) }
  })
}

/** One warning for each object whose change is of high or critical impact, in the seed's words. */
export function impactWarnings(changes: readonly Change[]): readonly string[] {
  return changes
    .filter(({ type, replaces }) => !(replaces && type === 'delete'))
    .flatMap(({ impact, ref }) => {
      if (impact !== 'high' && impact !== 'critical') return []
      return `${impact === 'high' ? 'High' : 'Critical'}-impact change detected: ${shortName(ref)}`
    })
}

/** The worst first; what is equally bad stays in its order. */
export function mostDangerousFirst<Item extends Pick<Change, 'impact'>>(changes: readonly Item[]): Item[] {
  return changes.toSorted((a, b) => impacts.indexOf(b.impact) - impacts.indexOf(a.impact))
}

function subjectOf(
  { type, replaces, ref, fields }: ChangeDraft,
  before: Subject['before'],
  after: Subject['after'],
): Subject {
  return {
    type: replaces ? 'replace' : type,
    ref,
    kind: kindOf(ref),
    before,
    after,
    critical: optionsOf(before, after).critical,
    fields,
  }
}

function assess(
  subject: Subject,
  plan: PlanFacts,
  overrides: AssessmentContext['overrides'],
): Pick<Change, 'impact' | 'reasons' | 'effects'> {
  const found = new Set<Effect>()
  const reasons: ImpactReason[] = []
  for (const rule of rulesFor(subject)) {
    const finding = rule.finds(subject, plan)
    if (finding === undefined) continue
    for (const effect of effectsOf(rule, finding)) found.add(effect)
    const impact = (Object.hasOwn(overrides, rule.name) ? overrides[rule.name] : undefined) ?? rule.impact
    reasons.push({ rule: rule.name, impact, text: typeof finding === 'string' ? finding : finding.text })
  }
  const sorted = mostDangerousFirst(reasons)
  const telling = sorted.filter(({ rule }) => !general.has(rule))
  const worst = sorted[0]
  // That an object is changed at all is worth saying only where nothing else says more.
  const shown = worst !== undefined && general.has(worst.rule) && telling[0]?.impact !== worst.impact ? sorted : telling
  return {
    impact: worst?.impact ?? 'low',
    reasons: shown.length > 0 ? shown : sorted,
    effects: effects.filter((effect) => found.has(effect)),
  }
}

const general: ReadonlySet<string> = new Set(['create', 'update', 'delete'])
const effects: readonly Effect[] = ['loses_data', 'interrupts_traffic', 'recreates', 'restarts_pods']

function effectsOf(rule: ImpactRule, finding: Finding): readonly Effect[] {
  return [...(rule.effects ?? []), ...(typeof finding === 'string' ? [] : finding.effects)]
}

const rulesByKind = new Map<string, readonly ImpactRule[]>()

function rulesFor({ type, kind }: Subject): readonly ImpactRule[] {
  const key = `${type} ${kind}`
  const known = rulesByKind.get(key)
  if (known !== undefined) return known
  const rules = impactRules.filter(({ types, kinds }) => types.includes(type) && (kinds?.includes(kind) ?? true))
  // Kinds come from manifests: what is remembered is bounded.
  if (rulesByKind.size < 1_000) rulesByKind.set(key, rules)
  return rules
}

/** Finds what reads a ConfigMap or Secret; the index is made when it is first asked for. */
function readersIn(drafts: readonly ChangeDraft[]): PlanFacts['readersOf'] {
  let readers: Map<string, string[]> | undefined
  return ({ kind, namespace = '', name }) => {
    readers ??= index(drafts)
    return readers.get(`${namespace}/${kind}/${name}`) ?? []
  }
}

function index(drafts: readonly ChangeDraft[]): Map<string, string[]> {
  const readers = new Map<string, string[]>()
  for (const { ref, desired_state: desired } of drafts) {
    const template = podTemplateOf(desired)
    if (template === undefined) continue
    for (const source of sourcesOf(template)) {
      const key = `${ref.namespace ?? ''}/${source}`
      const known = readers.get(key)
      if (known === undefined) readers.set(key, [shortName(ref)])
      else known.push(shortName(ref))
    }
  }
  return readers
}
