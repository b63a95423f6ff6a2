import { workflowDecider, workflowStream, type AppliedSet, type Workflow } from '@plimsoll/domain'
import { head, positionAt, readLog, readStream, type StoredEvent } from '@plimsoll/event-log'
import type { Dependencies } from '../dependencies.ts'
import { invalid, precondition } from '../refusal-error.ts'

/** A workflow as it stood at a position of the log; without a position, as it stands now. */
export type PastWorkflow = {
  readonly state: Workflow
  /** 0 before the first position. */
  readonly position: number
  readonly time: Date | null
  /** What a reader has to know of that moment. */
  readonly notes: readonly string[]
}

type Moment =
  { readonly kind: 'position'; readonly position: number } | { readonly kind: 'instant'; readonly at: number }

/**
 * Folds a workflow up to a moment, from its stream alone. `now`: milliseconds since 1970; that very instant is the newest
 * state, whether it has a position yet or not.
 * @throws RefusalError for a position that is not there yet, or a moment at which there was no such workflow
 */
export async function workflowAt(
  { log }: Pick<Dependencies, 'log'>,
  id: string,
  moment: Moment,
  { point, field, now }: { readonly point: string; readonly field: string; readonly now: number },
): Promise<PastWorkflow> {
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
  const stream = workflowStream(id)
  const events = await readStream(log, stream, isNow ? {} : { atPosition: position })
  const decoded = events.map((event) => ({ event: workflowDecider.decode(event), recordedAt: event.recordedAt }))
  const state = decoded.reduce((folded, { event }) => workflowDecider.evolve(folded, event), workflowDecider.initial)
  if (state.config === null) throw await absent(log, stream, id, point, events)
  const [at] = position === 0 ? [] : await readLog(log, { after: position - 1, limit: 1 })
  return { state, position, time: at?.sequencedAt ?? null, notes: notesOf(state, point) }
}

async function absent(
  log: Dependencies['log'],
  stream: string,
  id: string,
  point: string,
  events: readonly StoredEvent[],
): Promise<Error> {
  const [first] = await readStream(log, stream, { toVersion: 1 })
  return precondition(
    `There was no workflow ${id} at ${point}`,
    point,
    events.length > 0
      ? 'it was deleted by then'
      : `it was created at ${first?.recordedAt.toISOString() ?? 'no time that is known'}`,
    `Choose a moment at which it existed: \`plimsoll events --stream ${stream}\` shows them.`,
  )
}

function notesOf({ applied, sync, carriedOut, rollback }: Workflow, point: string): readonly string[] {
  return [
    ...(hasSet(applied) ? [] : [`Nothing was applied at ${point}: it is compared as nothing.`]),
    ...(sync?.started || rollback !== null
      ? [`A sync or a rollback was under way at ${point}: the cluster may have had a part of it.`]
      : []),
    ...(carriedOut?.status === 'failed' && carriedOut.stage !== 'plan' && carriedOut.stage !== 'source'
      ? [`The newest sync at ${point} had failed: what counts is the last that succeeded.`]
      : []),
  ]
}

/** What the last sync or rollback that succeeded left; a rollback may have left nothing. */
export function hasSet(applied: AppliedSet | null): applied is AppliedSet {
  return typeof applied?.manifest_set === 'string'
}
