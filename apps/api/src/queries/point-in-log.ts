import {
  evolveWorkflowRow,
  initialWorkflowRow,
  isId,
  parseMoment,
  workflowDecider,
  workflowStream,
  type AppliedSet,
  type Moment,
  type Workflow,
  type WorkflowRow,
} from '@plimsoll/domain'
import { head, positionAt, readLog, readStream, type EventLog } from '@plimsoll/event-log'
import { invalid, precondition } from '../refusal-error.ts'
import { noWorkflow } from './workflow-of.ts'

/** A moment as the log has it. */
export type MomentInLog = {
  /** As it was given. */
  readonly point: string
  /** The last position that counts, 0 before the first. */
  readonly position: number
  /** When the log had that position. */
  readonly time: Date | null
  /** This very instant is the newest state, whether it has a position yet or not. */
  readonly isNow: boolean
}

/**
 * The moment that a request asks about in its field `at`. `pinned`: the position that an earlier page of the answer found.
 * @throws RefusalError for what is no moment, or lies in the future
 */
export async function askedMoment(log: EventLog, text: string, pinned?: number): Promise<MomentInLog> {
  const asked = { point: text, field: 'at', now: Date.now() }
  if (pinned !== undefined) return findMoment(log, { kind: 'position', position: pinned }, asked)
  const parsed = parseMoment(text, asked.now)
  if ('problem' in parsed) throw invalid([{ field: asked.field, message: parsed.problem }])
  return findMoment(log, parsed.point, asked)
}

/** `now`: milliseconds since 1970. @throws RefusalError for a position that is not there yet */
export async function findMoment(
  log: EventLog,
  moment: Moment,
  { point, field, now }: { readonly point: string; readonly field: string; readonly now: number },
): Promise<MomentInLog> {
  const newest = await head(log)
  const isNow = moment.kind === 'instant' && moment.at >= now
  const position = isNow
    ? newest.position
    : moment.kind === 'position'
      ? moment.position
      : // People see and write milliseconds; the log counts finer ones.
        await positionAt(log, new Date(moment.at + 1))
  if (position > newest.position)
    throw invalid([{ field, message: `${point} lies beyond the end of the log, which is at ${newest.position}` }])
  const [at] = position === 0 ? [] : await readLog(log, { after: position - 1, limit: 1 })
  return { point, position, time: at?.sequencedAt ?? null, isNow }
}

/** A workflow as it stood at a moment, folded from its stream alone. Version 0: there was nothing of it yet. */
export async function rowAt(
  log: EventLog,
  id: string,
  { isNow, position }: MomentInLog,
): Promise<{ readonly row: WorkflowRow; readonly version: number }> {
  const events = await readStream(log, workflowStream(id), isNow ? {} : { atPosition: position })
  const row = events.reduce(
    (folded, event) => evolveWorkflowRow(folded, workflowDecider.decode(event), event.recordedAt.toISOString()),
    initialWorkflowRow,
  )
  return { row, version: events.at(-1)?.version ?? 0 }
}

/** The same for a workflow that has to have been there. @throws RefusalError when there was none of that id */
export async function workflowAt(
  log: EventLog,
  id: string,
  moment: MomentInLog,
): Promise<{ readonly row: WorkflowRow; readonly state: Workflow; readonly version: number }> {
  if (!isId(id)) throw await noWorkflow(log, id)
  const { row, version } = await rowAt(log, id, moment)
  if (row.workflow.config === null) throw await absent(log, id, moment, version)
  return { row, state: row.workflow, version }
}

async function absent(log: EventLog, id: string, { point }: MomentInLog, version: number): Promise<Error> {
  const stream = workflowStream(id)
  const [first] = await readStream(log, stream, { toVersion: 1 })
  if (first === undefined) return noWorkflow(log, id)
  return precondition(
    `There was no workflow ${id} at ${point}`,
    point,
    version > 0 ? 'it was deleted by then' : `it was created at ${first.recordedAt.toISOString()}`,
    `Choose a moment at which it existed: \`plimsoll events --stream ${stream}\` shows them.`,
  )
}

/** What the last sync or rollback that succeeded left; a rollback may have left nothing. */
export function hasSet(applied: AppliedSet | null): applied is AppliedSet {
  return typeof applied?.manifest_set === 'string'
}
