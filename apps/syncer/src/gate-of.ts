import {
  askForApproval,
  awaitsApproval,
  expireApproval,
  holdSync,
  pruneGuards,
  pruningOf,
  refuseUnapproved,
  workflowDecider,
  workflowStatus,
  workflowStream,
} from '@plimsoll/domain'
import type { MadePlan, OpenSync, Steps, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { foldStream, pathsOf } from '@plimsoll/event-log'
import type { EventLog, Finish } from '@plimsoll/event-log'
import { sourceKeyOf, windowState } from '@plimsoll/service'

/** Why a planned sync does not begin now: what to record of it, and when to look again. */
export type ClosedGate = {
  readonly decide: (workflow: Workflow) => readonly WorkflowEvent[]
  /** Nothing, where a person's word wakes the work. */
  readonly lookAgain: Pick<Finish, 'wakeAt' | 'wakeOn'>
}

type PlannedSync = {
  readonly sync: OpenSync
  readonly plan: MadePlan
  readonly config: WorkflowConfig
  readonly steps: Pick<Steps, 'steps' | 'owned'>
}

/** Asks each gate in turn whether a planned sync may begin; undefined when all are open. */
export async function gateOf(
  log: EventLog,
  { paused }: Workflow,
  planned: PlannedSync,
  now: Date,
): Promise<ClosedGate | undefined> {
  const { sync } = planned
  if (paused !== null && sync.trigger !== 'manual')
    return {
      decide: holdSync(sync.id, 'pause', `${paused.by} paused the workflow${paused.reason && `: ${paused.reason}`}`),
      lookAgain: {},
    }
  // A heal brings nothing new that what it depends on would have to be ready for.
  const dependency = sync.trigger === 'heal' ? undefined : await dependencyGate(log, planned)
  return dependency ?? windowGate(planned, now) ?? approvalGate(planned, now)
}

async function dependencyGate(log: EventLog, { sync, plan, config }: PlannedSync): Promise<ClosedGate | undefined> {
  for (const id of config.depends_on) {
    const stream = workflowStream(id)
    const { state, version } = await foldStream(log, stream, workflowDecider)
    const missing = await whatIsMissing(log, stream, state, config.repository)
    if (missing === undefined) continue
    return {
      decide: holdSync(
        sync.id,
        'dependency',
        `it depends on ${id}, which ${missing} (for ${plan.revision.slice(0, 12)})`,
      ),
      lookAgain: { wakeOn: { stream, version: version + 1 } },
    }
  }
  return undefined
}

/**
 * What a workflow lacks that another depends on. Of one repository both are to be at the same commit: the poller records
 * what lies at each path together with the commit, so a dependency that has not seen it yet is known to be behind.
 */
async function whatIsMissing(
  log: EventLog,
  stream: string,
  workflow: Workflow,
  repository: string,
): Promise<string | undefined> {
  const status = workflowStatus({ workflow, startTime: null, endTime: null })
  if (status === undefined) return 'does not exist'
  if (status.status !== 'synced') return 'is not synced and healthy'
  if (status.repository !== repository) return undefined
  const newest = sourceKeyOf(await pathsOf(log, stream))
  const { applied, plan } = workflow
  const isCurrent = applied?.tree === newest || (plan?.tree === newest && plan.summary.total_changes === 0)
  return isCurrent ? undefined : 'has not been brought to the newest commit yet'
}

function windowGate({ sync, config }: PlannedSync, now: Date): ClosedGate | undefined {
  const state = windowState(config.sync_policy.sync_windows, sync.trigger, now)
  if (state.open) return undefined
  const until = state.opensAt === null ? '' : `, until ${state.opensAt.toISOString()}`
  return {
    decide: holdSync(sync.id, 'window', `${state.because}${until}`),
    lookAgain: state.opensAt === null ? {} : { wakeAt: state.opensAt },
  }
}

function approvalGate({ sync, plan, config, steps }: PlannedSync, now: Date): ClosedGate | undefined {
  const guards = pruneGuards(pruningOf(steps), config.sync_policy.prune_budget)
  const reasons = awaitsApproval(config, sync, plan, guards)
  if (reasons.length === 0) return undefined
  if (!config.diff_preview) return { decide: refuseUnapproved(sync.id, config.id, reasons), lookAgain: {} }
  const isAsked = sync.approval?.plan === plan.digest
  const expiresAt =
    isAsked && sync.approval ? new Date(sync.approval.expires_at) : new Date(now.getTime() + config.approval.expires_ms)
  return {
    decide: isAsked ? expireApproval(sync.id, now) : askForApproval(sync.id, expiresAt, reasons),
    lookAgain: { wakeAt: expiresAt },
  }
}
