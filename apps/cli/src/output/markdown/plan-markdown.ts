import type { PlanV1 } from '@plimsoll/proto'
import { alike } from '../plan/alike.ts'
import { nextStep } from '../plan/next-step.ts'
import { planWideReasons } from '../plan/plan-wide.ts'
import { impactsFromWorst, plannedObjects, type PlannedObject } from '../plan/planned-object.ts'
import { blockingText, summaryCounts } from '../plan/summary-text.ts'
import { warningTexts } from '../plan/warning-text.ts'
import { changesSection } from './changes-section.ts'
import { conflictsSection, hooksSection, warningsSection } from './conflicts-section.ts'
import { codeSpan, prose } from './safe.ts'

/** What GitHub takes as one comment, in characters. */
export const longestComment = 65_536
export const shortestComment = 2_000

const fewestAlike = 5

/**
 * A plan as a comment on a pull request, of at most `maxLength` characters (at least 2,000). Its first line, which nobody
 * sees, names the workflow: by it the next run finds the comment again. `awaitsApproval`: a sync waits for that of this plan.
 */
export function planMarkdown(
  plan: PlanV1 | null,
  workflowId: string,
  maxLength = longestComment,
  awaitsApproval = false,
): string {
  const marker = `<!-- plimsoll:plan:${workflowId.replaceAll(/[^\w.-]/g, '')} -->\n`
  if (plan === null)
    return `${marker}### Plan for ${codeSpan(workflowId)}\n\nNothing to do: the cluster is as Git declares it.\n`
  const { objects, texts } = planWideReasons(plannedObjects(plan.changes))
  const whole = texts.map((text) => `**This plan is ${prose(text)}**\n\n`).join('')
  const head = `${marker}${headText(plan)}${whole}${impactTable(objects)}`
  const foot = footText(plan, awaitsApproval)
  const room = maxLength - head.length - foot.length
  const conflicts = conflictsSection(plan.conflicts, plan.generated_at, room / 3)
  const warnings = warningsSection(warningTexts(plan.warnings, 10), room / 6)
  const hooks = hooksSection(plan.hooks, room / 6)
  const left = room - conflicts.length - warnings.length - hooks.length
  const changes = changesSection(alike(objects, fewestAlike), left, maxLength)
  return `${head}${conflicts}${changes}${hooks}${warnings}${foot}`
}

function headText({ workflow_id: id, revision, summary, conflicts }: PlanV1): string {
  const impact = summary.highest_impact === '' ? '' : `; highest impact ${summary.highest_impact}`
  const blocked = blockingText(conflicts)
  return [
    `### Plan for ${codeSpan(id)}${revision === '' ? '' : ` at ${codeSpan(revision.slice(0, 10))}`}\n\n`,
    `**${summaryCounts(summary).join(', ')}${impact}**\n\n`,
    ...(blocked === '' ? [] : [`**${blocked}**\n\n`]),
  ].join('')
}

/** How many objects are created, updated, replaced and deleted, by impact. */
function impactTable(objects: readonly PlannedObject[]): string {
  if (objects.length === 0) return ''
  const actions = ['create', 'update', 'replace', 'delete'] as const
  const rows = impactsFromWorst.flatMap((impact) => {
    const counts = actions.map(
      (action) => objects.filter((each) => each.impact === impact && each.action === action).length,
    )
    if (counts.every((number) => number === 0)) return []
    return [`| ${impact} | ${counts.map((number) => (number === 0 ? '' : String(number))).join(' | ')} |\n`]
  })
  return `| impact | ${actions.join(' | ')} |\n| --- |${' ---: |'.repeat(actions.length)}\n${rows.join('')}\n`
}

function footText(plan: PlanV1, awaitsApproval: boolean): string {
  const when = `Planned at ${codeSpan(plan.generated_at)}.`
  const next = nextStep(plan, awaitsApproval)
  return next === undefined ? `${when}\n` : `${when} ${next.what}: ${codeSpan(next.command)}\n`
}
