import { boundFaults, rejectionOf, scheduleRetry } from '@plimsoll/domain'
import type { ObservedRevision, Workflow, WorkflowConfig, WorkflowEvent } from '@plimsoll/domain'
import { faultOf } from '../fault-of.ts'
import { conflictFault } from '../objects/conflict.ts'
import { unknownRevision, unreadSource } from '../plan-fault.ts'
import { storedOrAsked } from '../source/ask-for-revision.ts'
import { findSource } from '../source/find-source.ts'
import type { Source } from '../source/find-source.ts'
import type { Watch } from '../source/watch-source.ts'
import { failedBefore } from './failed-before.ts'
import type { Dependencies } from './planning.ts'
import { staleFaults } from './stale-plan.ts'

/** What a plan is asked of. */
export type Target = {
  readonly revision: ObservedRevision | null
  readonly asked: string | null
  /** It is not the head of the branch any more: the poller stores nothing of it. */
  readonly isPast: boolean
  /** Why the remote could not be read, if so. */
  readonly unread: string | null
  readonly syncId: string | null
  /** The digest of the only plan that the sync may carry out. */
  readonly agreed: string | null
}

/** Plans a revision; what only a person can mend ends the sync that asked, and is recorded either way. */
export async function planTarget(
  { log, gitObjects, renderHosts, planRevision }: Dependencies,
  workflow: Workflow,
  config: WorkflowConfig,
  watch: Watch,
  { revision, asked, isPast, unread, syncId, agreed }: Target,
  { stream, signal }: { readonly stream: string; readonly signal: AbortSignal },
): Promise<readonly WorkflowEvent[]> {
  let source: Source | undefined
  try {
    if (revision === null) throw asked === null ? unreadSource(config.repository, unread) : unknownRevision(asked)
    const make = async () => {
      const found = await findSource(gitObjects(config.repository, revision.revision), revision, config, renderHosts)
      source = found.source
      // What is rendered has to be watched, or a commit to it would pass unseen.
      if (!isPast) watch.require(source.paths)
      if (found.fault !== undefined) throw found.fault
      return planRevision(workflow, config, revision, source, signal)
    }
    const past = { repository: config.repository, revision: revision.revision, stream }
    const { conflicts, changes, hooks = [], ...made } = await (isPast ? storedOrAsked(log, past, make) : make())
    if (syncId !== null && rejectionOf(workflow, made) !== undefined)
      return [{ type: 'PlanMade', data: { ...made, sync_id: null } }]
    const planned: WorkflowEvent = { type: 'PlanMade', data: { ...made, sync_id: syncId } }
    if (syncId !== null && agreed !== null) {
      const stale = await staleFaults(
        log,
        stream,
        agreed,
        config,
        { digest: made.digest, changes, hooks, conflicts },
        {
          isRetry: workflow.retry?.next_sync_id === syncId,
        },
      )
      if (stale.length > 0) return [planned, failedBefore(syncId, made.revision, 'plan', stale)]
    }
    const blocking = conflicts.filter((conflict) => conflict.blocking)
    if (blocking.length === 0 || syncId === null) return [planned]
    const failed = failedBefore(syncId, made.revision, 'plan', blocking.map(conflictFault))
    // What is in the way may go, and what is missing may come, as from another workflow.
    const retry = scheduleRetry(failed, new Date(), Math.random(), { conflicts: blocking })(workflow)
    return [planned, ...(retry === undefined ? [] : [retry]), failed]
  } catch (error) {
    const fault = faultOf(error, config)
    if (fault === undefined) throw error
    const { stage, message, faults } = fault
    const failure = {
      revision: revision?.revision ?? asked,
      tree: source?.tree ?? null,
      paths: source?.paths ?? [config.target_path],
      stage,
      message,
      faults: boundFaults(faults),
      sync_id: syncId,
    }
    const ended = syncId === null ? [] : [failedBefore(syncId, failure.revision, stage, faults)]
    return [{ type: 'PlanFailed', data: failure }, ...ended]
  }
}
