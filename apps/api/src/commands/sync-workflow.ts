import { createHash } from 'node:crypto'
import {
  formatDuration,
  requestSync,
  shortDigest,
  workflowDecider,
  workflowStream,
  type SyncResult,
  type WorkflowConfig,
  type WorkflowEvent,
} from '@plimsoll/domain'
import { transact, unpark, type StoredEvent } from '@plimsoll/event-log'
import type { SyncWorkflowRequest } from '@plimsoll/proto'
import { causeOf, type Call } from '../call.ts'
import type { Dependencies } from '../dependencies.ts'
import { toSyncResult } from '../messages/workflow-status-message.ts'
import { askedPlan } from '../queries/asked-plan.ts'
import { workflowOf } from '../queries/workflow-of.ts'
import { precondition, RefusalError } from '../refusal-error.ts'
import { formatToken, type Token } from '../wait/token.ts'
import { untilShown } from '../wait/until-shown.ts'
import { untilStream } from '../wait/until-stream.ts'
import { refreshSource } from './refresh-source.ts'

const timeoutMs = 3_600_000

/** Asks for a sync of the newest commit, or of one plan, and waits for its end. Whoever stops waiting stops nothing. */
export function syncWorkflow(dependencies: Dependencies) {
  return async (request: SyncWorkflowRequest, call: Call) => {
    const { log } = dependencies
    const { config } = await workflowOf(dependencies, request.workflowId)
    if (request.pruneKept) checkPruning(config)
    // A plan is of one commit: what the remote has by now does not matter, nor whether it can be reached.
    const plan = request.plan === undefined ? null : await askedPlan(dependencies, config, request.plan)
    const { revision } = plan ?? (await refreshSource(dependencies, call, config.repository, request))
    const stream = workflowStream(config.id)
    const cause = causeOf(call, request)
    const syncId = syncIdOf(config.id, cause.commandId)
    const { version, events } = await transact(
      log,
      { stream, cause, decider: workflowDecider },
      requestSync(syncId, 'manual', revision, plan?.digest ?? null, call.actor, request.pruneKept),
    )
    for (const role of ['plan', 'write']) await unpark(log, role, stream)
    const requestedAt = events.at(-1)?.recordedAt.toISOString() ?? ''
    if (request.wait === false) {
      const running = toSyncResult(openResult(syncId, requestedAt, revision))
      return { succeeded: false, syncId, result: running, token: formatToken(stream, version) }
    }
    const afterVersion = events.at(-1)?.version ?? version
    const find = (stored: StoredEvent) => endOf(stored, syncId, requestedAt)
    const end = await untilStream(dependencies, call, { stream, afterVersion, timeoutMs, find })
    if (end === undefined) throw notEnded(stream, syncId)
    await showEnd(dependencies, call, { stream, version: end.version })
    return {
      succeeded: end.result.status === 'succeeded',
      syncId,
      result: toSyncResult(end.result),
      token: formatToken(stream, end.version),
      ...(end.approval !== undefined && { approvalRequired: end.approval }),
    }
  }
}

/** What is never removed unasked goes only with a plan that somebody approves. */
function checkPruning({ id, diff_preview: previews, sync_policy: policy }: WorkflowConfig): void {
  const refuse = (because: string, option: string) =>
    precondition(
      `The sync of ${id} cannot prune what is kept`,
      'prune_kept',
      because,
      `Set it with \`plimsoll workflow update ${id} ${option}\`, or sync without --prune-kept.`,
    )
  if (!previews) throw refuse('diff_preview is off, so there is no plan that somebody could approve', '--diff-preview')
  if (!policy.auto_prune) throw refuse('auto_prune is off', '--auto-prune')
}

/** Who asks for the status next is told of this end; a read model that is far behind does not change how the sync ended. */
async function showEnd(dependencies: Dependencies, call: Call, token: Token): Promise<void> {
  try {
    await untilShown(dependencies, call, token)
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
  }
}

/** The same command is the same sync, however often it is sent. */
function syncIdOf(workflowId: string, commandId: string): string {
  return `sync-${createHash('sha256').update(`${workflowId}\n${commandId}`).digest('hex').slice(0, 16)}`
}

function openResult(id: string, startTime: string, revision: string): SyncResult {
  return {
    id,
    status: 'running',
    start_time: startTime,
    end_time: null,
    commit_hash: revision,
    message: 'Planning',
    faults: [],
    metrics: null,
  }
}

type SyncEnd = {
  readonly result: SyncResult
  readonly version: number
  /** The plan that somebody has to approve first. */
  readonly approval?: string
}

/** How a sync ended, or for what it waits, if this event says so. A workflow that is deleted has no sync any more. */
function endOf(stored: StoredEvent, syncId: string, startTime: string): SyncEnd | undefined {
  const event = workflowDecider.decode(stored)
  const outcome = outcomeOf(event, syncId)
  if (outcome === undefined) return undefined
  const isOver = outcome.status !== 'running'
  const end = { id: syncId, start_time: startTime, end_time: isOver ? stored.recordedAt.toISOString() : null }
  return {
    result: { ...end, ...outcome },
    version: stored.version,
    ...(event.type === 'ApprovalRequested' && { approval: event.data.plan }),
  }
}

function outcomeOf(
  event: WorkflowEvent,
  syncId: string,
): Omit<SyncResult, 'id' | 'start_time' | 'end_time'> | undefined {
  const { type, data } = event
  if (type === 'WorkflowDeleted')
    return { status: 'failed', commit_hash: null, message: 'the workflow was deleted', faults: [], metrics: null }
  if (!('sync_id' in data) || data.sync_id !== syncId) return undefined
  switch (type) {
    case 'SyncSucceeded':
      return {
        status: 'succeeded',
        commit_hash: data.revision,
        message: data.message,
        faults: [],
        metrics: metricsOf(data.metrics),
      }
    case 'SyncFailed':
      return {
        status: 'failed',
        commit_hash: data.revision,
        message: data.message,
        faults: data.faults,
        metrics: metricsOf(data.metrics),
      }
    case 'SyncSuperseded':
      return {
        status: 'failed',
        commit_hash: data.revision,
        message: `superseded by ${data.by}`,
        faults: [],
        metrics: data.metrics && metricsOf(data.metrics),
      }
    case 'ApprovalRequested':
      return waiting(
        `waits for the approval of plan ${shortDigest(data.plan)}, until ${data.expires_at}${data.reason && `: ${data.reason}`}`,
      )
    case 'SyncHeld':
      // Another workflow is soon done; a window may be days away.
      return data.gate === 'window' ? waiting(`waits: ${data.message}`) : undefined
    default:
      return undefined
  }
}

function waiting(message: string): Omit<SyncResult, 'id' | 'start_time' | 'end_time'> {
  return { status: 'running', commit_hash: null, message, faults: [], metrics: null }
}

function metricsOf({ duration_ms, ...counts }: Extract<WorkflowEvent, { type: 'SyncSucceeded' }>['data']['metrics']) {
  return { duration: formatDuration(duration_ms), ...counts }
}

function notEnded(stream: string, syncId: string): RefusalError {
  return new RefusalError('too-late', [
    {
      what: `The sync ${syncId} has not ended within an hour`,
      where: stream,
      because: 'it goes on, or waits to be taken up',
      try: 'Look at it with `plimsoll status --watch`.',
    },
  ])
}
