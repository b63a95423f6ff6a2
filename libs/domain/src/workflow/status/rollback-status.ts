import { runningHooksText } from '../state/hook-state.ts'
import type { EndedRollback, OpenRollback } from '../state/rollback-state.ts'
import { waitsForPerson } from '../decisions/rollback-decisions.ts'
import type { Workflow } from '../state/state.ts'

/** What a workflow shows while it is being rolled back. */
export function openRollbackText({ revision, reason, started, stalled, hooks }: OpenRollback): string {
  if (stalled !== null) return `A rollback is held up and tried again: ${stalled}`
  const running = runningHooksText(hooks)
  if (running !== undefined)
    return `A rollback to ${nameOf(revision)} waits while ${running}, because ${sentence(reason)}`
  return `A rollback to ${nameOf(revision)} ${started ? 'is writing' : 'is about to begin'}, because ${sentence(reason)}`
}

/** One sentence for a workflow whose newest sync was rolled back. */
export function undoneText(workflow: Workflow, undone: EndedRollback): string {
  const { status, revision, reason, message, kept, left } = undone
  const parts =
    status === 'succeeded'
      ? [`Rolled back to ${nameOf(revision)} because ${sentence(reason)}`]
      : [`The rollback to ${nameOf(revision)} failed: ${sentence(message)}`, 'try it again with `plimsoll rollback`']
  const rejection = workflow.rejected.at(-1)
  if (rejection !== undefined)
    parts.push(
      `revision ${rejection.revision.slice(0, 8)} is rejected until a commit declares something else or someone reinstates it`,
    )
  if (kept.length > 0) parts.push(`kept: ${kept.join(', ')}`)
  if (left.length > 0) parts.push(`left as it is: ${left.join(', ')}`)
  if (waitsForPerson(workflow))
    parts.push(
      `after ${workflow.rollbacksInARow} automatic ${workflow.rollbacksInARow === 1 ? 'rollback' : 'rollbacks in a row'} auto-sync waits for a person: look into it, then reinstate or sync`,
    )
  return `${parts.join('; ')}.`
}

function nameOf(revision: string | null): string {
  return revision === null ? 'the state before the first sync' : revision.slice(0, 8)
}

function sentence(text: string): string {
  return text.replace(/[.\s]+$/, '')
}
