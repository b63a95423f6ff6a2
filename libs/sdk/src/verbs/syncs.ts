import { SyncResultSchema, type SyncWorkflowResponse } from '@plimsoll/proto'
import { answered } from '../answered.ts'
import { ApprovalRequiredError, SyncFailedError, SyncWaitsError } from '../outcome-errors.ts'
import { plainOf } from '../plain.ts'
import { rpcOptions, shortMs, whyOf, type Session } from '../session.ts'
import type { CommandOptions } from '../shapes/options.ts'
import type { SyncResult } from '../shapes/workflow-status.ts'

export type SyncOptions = CommandOptions & {
  /** Digest of a plan, or eight of its digits at least: exactly that plan is carried out, or none. */
  readonly plan?: string | undefined
  /** Deletes Namespaces, CRDs and volumes that Git no longer has, too; somebody has to approve the plan. */
  readonly prune_kept?: boolean | undefined
  /** Default true: answers when the sync has ended, however long that takes. False: it is only asked for. */
  readonly wait?: boolean | undefined
}

/** How a sync ended. What came of it is a value; that it could not be asked for is thrown. */
export type SyncAnswer =
  | { readonly ok: true; readonly sync_id: string; readonly result: SyncResult }
  | {
      readonly ok: false
      readonly sync_id: string
      readonly result: SyncResult
      readonly error: SyncFailedError | ApprovalRequiredError | SyncWaitsError
    }

export type SyncVerbs = {
  /**
   * Reads the remote's head, syncs, and answers at the end: `ok` when it succeeded or nothing was to be done, else with an
   * `error`; at once when somebody has to approve it or a window is closed. If the connection breaks meanwhile, the same sync
   * is waited for again. @throws NotFoundError; PreconditionError when the remote cannot be read
   */
  readonly syncWorkflow: (id: string, options?: SyncOptions) => Promise<SyncAnswer>
  /** Approves the plan that a sync waits with, by its digest. @throws PreconditionError when it is not the one that waits */
  readonly approveSync: (id: string, plan: string, options?: CommandOptions) => Promise<boolean>
  /** Ends the sync that waits for approval. @throws PreconditionError when none does */
  readonly refuseSync: (id: string, options?: CommandOptions) => Promise<boolean>
  /** Ends the sync that waits, or stops the one that writes before its next object. False when none was open. */
  readonly cancelSync: (id: string, options?: CommandOptions) => Promise<boolean>
  /** Keeps a workflow from syncing by itself. False when it was paused before. */
  readonly pauseWorkflow: (id: string, options?: CommandOptions) => Promise<boolean>
  /** False when it was not paused. */
  readonly resumeWorkflow: (id: string, options?: CommandOptions) => Promise<boolean>
  /** Starts auto-sync of all workflows that have `auto_sync`. False when it was started before. */
  readonly startAutoSync: (options?: CommandOptions) => Promise<boolean>
  /** No sync begins after this has answered, but those that are asked for. False when it was stopped before. */
  readonly stopAutoSync: (options?: CommandOptions) => Promise<boolean>
}

export function syncVerbs(session: Session): SyncVerbs {
  const { connection, remember } = session
  const { gitops } = connection
  const changed = (answer: { readonly changed: boolean; readonly token: string }): boolean => {
    remember(answer.token)
    return answer.changed
  }
  return {
    async syncWorkflow(workflowId, options = {}) {
      const { plan, prune_kept: pruneKept = false, wait = true } = options
      const request = { workflowId, wait, pruneKept, ...(plan !== undefined && { plan }), ...whyOf(options) }
      const answer = await gitops.syncWorkflow(request, rpcOptions(options, wait ? undefined : remoteReadMs))
      remember(answer.token)
      return answerOf(workflowId, answer, wait)
    },
    approveSync: async (workflowId, plan, options = {}) =>
      changed(await gitops.approveSync({ workflowId, plan, ...whyOf(options) }, rpcOptions(options, shortMs))),
    refuseSync: async (workflowId, options = {}) =>
      changed(await gitops.refuseSync({ workflowId, ...whyOf(options) }, rpcOptions(options, shortMs))),
    cancelSync: async (workflowId, options = {}) =>
      changed(await gitops.cancelSync({ workflowId, ...whyOf(options) }, rpcOptions(options, shortMs))),
    pauseWorkflow: async (workflowId, options = {}) =>
      changed(await gitops.pauseWorkflow({ workflowId, ...whyOf(options) }, rpcOptions(options, shortMs))),
    resumeWorkflow: async (workflowId, options = {}) =>
      changed(await gitops.resumeWorkflow({ workflowId, ...whyOf(options) }, rpcOptions(options, shortMs))),
    startAutoSync: async (options = {}) =>
      changed(await gitops.startAutoSync(whyOf(options), rpcOptions(options, shortMs))),
    stopAutoSync: async (options = {}) =>
      changed(await gitops.stopAutoSync(whyOf(options), rpcOptions(options, shortMs))),
  }
}

/** The remote is read first, for which the server takes up to 30 s. */
const remoteReadMs = 60_000

function answerOf(id: string, answer: SyncWorkflowResponse, wait: boolean): SyncAnswer {
  const result = plainOf<SyncResult>(SyncResultSchema, answered(answer.result, 'result'))
  const about = { sync_id: answer.syncId, result }
  if (answer.succeeded) return { ok: true, ...about }
  if (answer.approvalRequired !== undefined)
    return { ok: false, ...about, error: new ApprovalRequiredError(id, answer.approvalRequired) }
  if (result.status !== 'running') return { ok: false, ...about, error: new SyncFailedError(id, result) }
  return wait ? { ok: false, ...about, error: new SyncWaitsError(id, result.message) } : { ok: true, ...about }
}
