import type { PlanV1 } from '@plimsoll/proto'
import { cleanLine } from '../clean.ts'
import { count } from './object-text.ts'

/** `Plan for web at c0ffee0000: 1 to create, 2 to update, 0 to delete; highest impact medium.` Back to before the first sync there is no revision. */
export function summaryText({ workflow_id: id, revision, summary, conflicts }: PlanV1): string {
  const at = revision === '' ? '' : ` at ${cleanLine(revision).slice(0, 10)}`
  return `Plan for ${cleanLine(id)}${at}: ${summaryCounts(summary).join(', ')}${impactText(summary)}${conflictText(conflicts)}.`
}

/** `1 to create`, `2 to update`, … An object that is replaced counts once. */
export function summaryCounts(summary: PlanV1['summary']): readonly string[] {
  const replaced = summary.replaced_resources
  const { warning_count: warnings } = summary
  return [
    `${count(summary.created_resources - replaced)} to create`,
    `${count(summary.updated_resources)} to update`,
    ...(replaced > 0 ? [`${count(replaced)} to replace`] : []),
    `${count(summary.deleted_resources - replaced)} to delete`,
    ...(warnings > 0 ? [`${count(warnings)} warning${warnings === 1 ? '' : 's'}`] : []),
  ]
}

function impactText({ highest_impact: impact }: PlanV1['summary']): string {
  return impact === '' ? '' : `; highest impact ${impact}`
}

function conflictText(conflicts: PlanV1['conflicts']): string {
  const blocking = conflicts.filter((conflict) => conflict.blocking).length
  const settled = conflicts.length - blocking
  return [
    ...(settled > 0 ? [`; takes back ${count(settled)} change${settled === 1 ? '' : 's'} from outside of Git`] : []),
    ...(blocking > 0 ? [`; blocked by ${count(blocking)} conflict${blocking === 1 ? '' : 's'}`] : []),
  ].join('')
}

/** Empty when nothing blocks. */
export function blockingText(conflicts: PlanV1['conflicts']): string {
  const number = conflicts.filter(({ blocking }) => blocking).length
  if (number === 0) return ''
  return number === 1
    ? 'Blocked: nothing of this plan is applied until this conflict is settled'
    : `Blocked: nothing of this plan is applied until these ${count(number)} conflicts are settled`
}
