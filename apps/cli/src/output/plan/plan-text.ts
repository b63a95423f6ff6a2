import type { PlanV1 } from '@plimsoll/proto'
import type { Io } from '../../io.ts'
import { cleanLine } from '../clean.ts'
import { painter } from '../colours.ts'
import { alike, alone, type Alike } from './alike.ts'
import { conflictLines } from './conflict-text.ts'
import { fairShare } from './fair-share.ts'
import type { TextOptions } from './field-text.ts'
import { hookLines } from './hook-text.ts'
import { bodyLines, count, headLine, wrapped, type Detail } from './object-text.ts'
import { planWideReasons } from './plan-wide.ts'
import { nextStep } from './next-step.ts'
import { plannedObjects, textOrder } from './planned-object.ts'
import { summaryText } from './summary-text.ts'
import { warningTexts } from './warning-text.ts'

export type PlanTextOptions = Pick<Io, 'colour' | 'width'> & {
  /** Nothing is cut, folded or left out. */
  readonly full?: boolean
  /** Unified diffs in place of fields. */
  readonly unified?: boolean
  /** A sync waits until somebody approves it. */
  readonly awaitsApproval?: boolean
}

/** What a person can still read; `--full` shows all. */
const [mostGroups, mostBodyLines, littleBody, fewestBodyLines] = [80, 320, 8, 3]
const [fewestAlike, mostWarnings] = [5, 20]
const widthOfNoTerminal = 80

export const nothingToDo = 'Nothing to do: the cluster is as Git declares it.\n'

/** A plan for people: what changes by namespace and kind, the most dangerous first; conflicts, warnings, and the sum. */
export function planText(
  plan: PlanV1 | null,
  { colour, width, full = false, unified = false, awaitsApproval = false }: PlanTextOptions,
): string {
  if (plan === null) return nothingToDo
  const columns = Number.isFinite(width) ? Math.max(width, 40) : widthOfNoTerminal
  const options: TextOptions = { paint: painter({ colour }), width: columns, full }
  const lines = [
    ...treeLines(plan, unified ? 'unified' : 'fields', options),
    ...hookLines(plan.hooks, options),
    ...conflictLines(plan.conflicts, plan.generated_at, options),
    ...warningLines(plan.warnings, options),
    ...nextLine(plan, awaitsApproval, options),
    // On one line, whatever the width: people search for it, and scripts cut it out.
    options.paint('bold', summaryText(plan)),
  ]
  return `${lines.join('\n')}\n`
}

function treeLines({ changes }: PlanV1, detail: Detail, options: TextOptions): readonly string[] {
  const { objects, texts } = planWideReasons(plannedObjects(changes))
  // From the most dangerous on: what is left out is the least dangerous.
  const groups = options.full ? objects.map(alone) : alike(objects, fewestAlike)
  const shown = options.full ? groups : groups.slice(0, mostGroups)
  const bodies = withinBudget(shown, detail, options)
  const left = Map.groupBy(groups.slice(shown.length), ({ first }) => first.ref.namespace)
  const places = Map.groupBy(shown, ({ first }) => first.ref.namespace)
  const lines = [...new Set([...places.keys(), ...left.keys()])].flatMap((namespace) => [
    options.paint('bold', namespace === '' ? '(cluster)' : cleanLine(namespace)),
    ...(places.get(namespace) ?? []).flatMap((group) => [headLine(group, options), ...(bodies.get(group) ?? [])]),
    ...leftLine(left.get(namespace) ?? [], options),
    '',
  ])
  const whole = texts.flatMap((text) => wrapped(`This plan is ${cleanLine(text)}`, options.width))
  return whole.length === 0 ? lines : [...whole.map((line) => options.paint('alarm', line)), '', ...lines]
}

/**
 * What is to be read below each head. The more dangerous take what they need, but for a little that is kept for the others;
 * those of one impact share what is left.
 */
function withinBudget(
  groups: readonly Alike[],
  detail: Detail,
  options: TextOptions,
): ReadonlyMap<Alike, readonly string[]> {
  const whole = new Map(groups.map((group) => [group, bodyLines(group, detail, options)]))
  if (options.full) return whole
  const size = (group: Alike) => whole.get(group)?.length ?? 0
  let left = mostBodyLines
  let kept = groups.reduce((sum, group) => sum + Math.min(size(group), littleBody), 0)
  const bodies = new Map<Alike, readonly string[]>()
  for (const same of Map.groupBy(groups, ({ first }) => first.impact).values()) {
    kept -= same.reduce((sum, group) => sum + Math.min(size(group), littleBody), 0)
    const share = fairShare(same.map(size), Math.max(left - kept, left / 2))
    for (const group of same) {
      const body = cutBody(whole.get(group) ?? [], Math.max(share, fewestBodyLines), options)
      bodies.set(group, body)
      left -= body.length
    }
  }
  return bodies
}

function cutBody(body: readonly string[], most: number, { paint }: TextOptions): readonly string[] {
  if (body.length <= most) return body
  const shown = body.slice(0, most - 1)
  return [...shown, paint('dim', `      and ${count(body.length - shown.length)} more lines (use --full)`)]
}

function leftLine(groups: readonly Alike[], { paint, width }: TextOptions): readonly string[] {
  if (groups.length === 0) return []
  const sizes = new Map<string, number>()
  for (const { first, names } of groups) {
    const what = `${cleanLine(first.ref.kind)} [${first.impact}]`
    sizes.set(what, (sizes.get(what) ?? 0) + names.length)
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const kinds = [...sizes].toSorted(([a, n], [b, m]) => m - n || textOrder(a, b)).slice(0, 6)
  const more = sizes.size > kinds.length ? ', …' : ''
  const text = `… and ${count(total)} more (use --full): ${kinds.map(([what, size]) => `${count(size)} ${what}`).join(', ')}${more}`
  return wrapped(text, width - 2).map((line) => paint('dim', `  ${line}`))
}

function warningLines(warnings: readonly string[], { paint, width, full }: TextOptions): readonly string[] {
  const texts = warningTexts(warnings, full ? Number.POSITIVE_INFINITY : 10)
  const shown = full ? texts : texts.slice(0, mostWarnings)
  const left = texts.length - shown.length
  const lines = shown.flatMap((text) =>
    wrapped(cleanLine(text), width - 2).map((line, index) =>
      index === 0 ? `${paint('yellow', '!')} ${line}` : `  ${line}`,
    ),
  )
  if (left > 0) lines.push(paint('dim', `  and ${count(left)} more warnings (use --full)`))
  return lines.length > 0 ? [...lines, ''] : []
}

function nextLine(plan: PlanV1, awaitsApproval: boolean, { paint }: TextOptions): readonly string[] {
  const next = nextStep(plan, awaitsApproval)
  return next === undefined ? [] : [paint('dim', `${next.what}: ${next.command}`)]
}
