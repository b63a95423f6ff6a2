import { createHash } from 'node:crypto'
import {
  historyFold,
  isEmptyPlan,
  parseJson,
  parsePoint,
  previewRollback,
  requestRollback,
  resolvePoint,
  storedPlan,
  workflowDecider,
  workflowStream,
  type Plan,
  type RollbackPoint,
  type RollbackTarget,
  type Workflow,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { foldStream, getBlob, readLog, transact, unpark, workOf, type StoredEvent } from '@plimsoll/event-log'
import type { RollbackWorkflowRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toPlan } from '../messages/plan-message.ts'
import { rollbackEnd, runningRollback } from '../messages/rollback-message.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { invalid, precondition, RefusalError } from '../refusal-error.ts'
import { formatToken } from '../wait/token.ts'
import { untilStream } from '../wait/until-stream.ts'

const planTimeoutMs = 60_000
const timeoutMs = 3_600_000
const withoutReason = 'asked for without a reason'

/** Puts back what was before the newest sync, or at a point of the past, and waits for the end; or only shows it. */
export function rollbackWorkflow(dependencies: Dependencies) {
  return async (request: RollbackWorkflowRequest, call: Call) => {
    const { config } = await workflowOf(dependencies, request.workflowId)
    const stream = workflowStream(config.id)
    const cause = causeOf(call, request)
    const id = `rollback-${createHash('sha256').update(`${config.id}\n${cause.commandId}`).digest('hex').slice(0, 16)}`
    const target = request.to === undefined ? undefined : await targetOf(dependencies, stream, request.to)
    if (target === 'here') return undone(stream, (await workflowOf(dependencies, config.id)).version)
    const asked = { id, target, force: request.force }
    const decide = request.planOnly
      ? previewRollback(asked)
      : requestRollback({ ...asked, reason: request.reason || withoutReason })
    const { version, events, state } = await transact(
      dependencies.log,
      { stream, cause, decider: workflowDecider },
      decide,
    )
    await unpark(dependencies.log, 'write', stream)
    if (events.length === 0 && (request.planOnly || state.rollback === null))
      return nothingToUndo(stream, version, state)
    const afterVersion = events[0] === undefined ? version : events[0].version - 1
    if (request.planOnly) return showPlan(dependencies, call, request, { stream, id, afterVersion })
    // One that was asked for before, or by a failure, is what this one asks for.
    const joined = events.length === 0 ? (state.rollback?.id ?? id) : id
    if (request.wait === false)
      return {
        succeeded: false,
        rollbackId: joined,
        result: runningRollback(state, joined),
        token: formatToken(stream, version),
      }
    return untilEnd(dependencies, call, { stream, id: joined, afterVersion })
  }
}

/** @throws RefusalError for a point that no rollback leads to */
async function targetOf({ log }: Dependencies, stream: string, text: string): Promise<RollbackTarget | 'here'> {
  const parsed = parsePoint(text, Date.now())
  if ('problem' in parsed) throw invalid([{ field: 'to', message: parsed.problem }])
  const { point } = parsed
  const wanted: RollbackPoint =
    point.kind === 'revision'
      ? { revision: revisionOf(point.ref) }
      : { instant: await instantOf(log, point.kind === 'instant' ? { at: point.at } : point) }
  const { state } = await foldStream(log, stream, historyFold)
  const resolved = resolvePoint(state, wanted)
  if (resolved.found === 'here') return 'here'
  if (resolved.found === 'target') return resolved.target
  throw precondition(
    'The workflow cannot be rolled back that far',
    text,
    resolved.because,
    `Look at \`plimsoll events --stream ${stream}\` for what was applied when.`,
  )
}

function revisionOf(text: string): string {
  if (/^[0-9a-f]{4,64}$/.test(text)) return text
  throw invalid([{ field: 'to', message: `${JSON.stringify(text)} is no commit: write at least four of its digits` }])
}

async function instantOf(
  log: Dependencies['log'],
  moment: { readonly at: number } | { readonly position: number },
): Promise<string> {
  if ('at' in moment) return new Date(moment.at).toISOString()
  const [event] = await readLog(log, { after: moment.position - 1, limit: 1 })
  if (event === undefined)
    throw invalid([{ field: 'to', message: `@${moment.position} lies beyond the end of the log` }])
  return event.recordedAt.toISOString()
}

/** The seed's scripts ask for a rollback after an automatic one: it is done, and nothing is written. */
function nothingToUndo(stream: string, version: number, { newest, undone: last }: Workflow) {
  if (newest?.isUndone) return undone(stream, version, last?.id)
  throw precondition(
    'There is nothing to roll back',
    stream,
    newest === null ? 'no sync has written to the cluster so far' : 'the workflow was deleted',
    'Sync first.',
  )
}

function undone(stream: string, version: number, rollbackId = '') {
  return { succeeded: true, alreadyRolledBack: true, rollbackId, token: formatToken(stream, version) }
}

type Wait = { readonly stream: string; readonly id: string; readonly afterVersion: number }

async function untilEnd(dependencies: Dependencies, call: Call, { stream, id, afterVersion }: Wait) {
  const find = (stored: StoredEvent) => {
    const event = workflowDecider.decode(stored)
    return rollbackEnd(event, id) && { event, version: stored.version }
  }
  const end = await untilStream(dependencies, call, { stream, afterVersion, timeoutMs, find })
  if (end === undefined)
    throw tooLate(`The rollback ${id} has not ended within an hour`, stream, 'it goes on, or waits to be taken up')
  const { state } = await foldStream(dependencies.log, stream, workflowDecider)
  return {
    succeeded: end.event.type === 'RollbackSucceeded',
    rollbackId: id,
    result: rollbackEnd(end.event, id, state),
    token: formatToken(stream, end.version),
  }
}

type Planned = Extract<WorkflowEvent, { readonly type: 'RollbackPlanned' }>['data']

async function showPlan(
  dependencies: Dependencies,
  call: Call,
  request: RollbackWorkflowRequest,
  { stream, id, afterVersion }: Wait,
) {
  const find = (stored: StoredEvent) => {
    const { type, data } = workflowDecider.decode(stored)
    if (type === 'RollbackPlanned' && data.rollback_id === id) return { data, version: stored.version }
    const isReplaced = type === 'RollbackPlanRequested' && data.rollback_id !== id
    return isReplaced || type === 'WorkflowDeleted' ? { data: null, version: stored.version } : undefined
  }
  const answer = await untilStream(dependencies, call, { stream, afterVersion, timeoutMs: planTimeoutMs, find })
  if (answer === undefined) throw await notPlanned(dependencies, stream)
  if (answer.data === null)
    throw precondition('The rollback is not shown', stream, 'another was asked for meanwhile', 'Ask again.')
  const token = formatToken(stream, answer.version)
  const plan = await planOf(dependencies, stream, answer.data)
  const shown = { succeeded: true, rollbackId: id, token }
  return plan === undefined ? shown : { ...shown, plan: toPlan(plan, request) }
}

async function planOf(
  { log }: Dependencies,
  stream: string,
  { plan, summary, faults, message }: Planned,
): Promise<Plan | undefined> {
  if (plan === null)
    throw faults.length > 0
      ? new RefusalError('precondition', faults)
      : precondition('The rollback cannot be planned', stream, message, 'Look at `plimsoll status`.')
  if (summary === null || isEmptyPlan(summary)) return undefined
  return storedPlan(parseJson(Buffer.from(await getBlob(log, plan)).toString('utf8')))
}

async function notPlanned({ log }: Dependencies, stream: string): Promise<RefusalError> {
  const work = await workOf(log, 'write', stream)
  const because =
    work?.parked ??
    work?.error ??
    (work?.claimed ? 'a sync or another rollback writes' : 'no rollback service took it up')
  return tooLate(`No plan within ${planTimeoutMs / 1_000} s`, stream, because)
}

function tooLate(what: string, where: string, because: string): RefusalError {
  return new RefusalError('too-late', [
    { what, where, because, try: 'Look at it with `plimsoll status`, or ask again.' },
  ])
}
