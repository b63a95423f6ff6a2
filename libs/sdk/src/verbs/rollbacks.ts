import { planV1, RollbackResultSchema } from '@plimsoll/proto'
import { RollbackFailedError } from '../outcome-errors.ts'
import { plainOf } from '../plain.ts'
import { planMs, pointText, rpcOptions, shortMs, whyOf, type Session } from '../session.ts'
import type { CommandOptions, Point } from '../shapes/options.ts'
import type { RollbackResult } from '../shapes/workflow-status.ts'
import type { Diff, DiffOptions } from './diffs.ts'

type Target = {
  /** How far back: a revision that was applied, or a moment. Default: to before the newest sync. */
  readonly to?: Point | undefined
  /** Also puts back what someone else has changed meanwhile. Default false. */
  readonly force?: boolean | undefined
}

export type RollbackOptions = Omit<CommandOptions, 'reason'> &
  Target & {
    /** Default true: answers when the rollback has ended. False: it is only asked for. */
    readonly wait?: boolean | undefined
  }

/** How a rollback ended. What came of it is a value; that it could not be asked for is thrown. */
export type RollbackAnswer =
  | {
      readonly ok: true
      /** Empty when there was none to join. */
      readonly rollback_id: string
      /** The newest sync was undone before; nothing was written. */
      readonly already_rolled_back: boolean
      readonly result?: RollbackResult
    }
  | {
      readonly ok: false
      readonly rollback_id: string
      readonly already_rolled_back: false
      readonly result: RollbackResult
      readonly error: RollbackFailedError
    }

export type RollbackVerbs = {
  /**
   * Puts the cluster back, from the log alone, and answers at the end; `ok` also when it was rolled back before. What is
   * undone is not synced again by itself. @throws NotFoundError; PreconditionError when there is nothing to roll back
   */
  readonly rollbackWorkflow: (id: string, reason: string, options?: RollbackOptions) => Promise<RollbackAnswer>
  /** What a rollback would do; null when nothing. Nothing is written. */
  readonly planRollback: (
    id: string,
    options?: CommandOptions & Target & Pick<DiffOptions, 'omit_states' | 'omit_unified_diff'>,
  ) => Promise<Diff | null>
  /** Lets what rollbacks have rejected come back. False when nothing was rejected. */
  readonly reinstateRevision: (id: string, options?: CommandOptions) => Promise<boolean>
}

export function rollbackVerbs({ connection, remember }: Session): RollbackVerbs {
  const { gitops } = connection
  return {
    async rollbackWorkflow(workflowId, reason, options = {}) {
      const { wait = true } = options
      const request = { workflowId, wait, ...targetOf(options), ...whyOf({ ...options, reason }) }
      const answer = await gitops.rollbackWorkflow(request, rpcOptions(options, wait ? undefined : shortMs))
      remember(answer.token)
      const result = answer.result && plainOf<RollbackResult>(RollbackResultSchema, answer.result)
      const { rollbackId, alreadyRolledBack } = answer
      if (!answer.succeeded && result !== undefined && result.status !== 'running') {
        const error = new RollbackFailedError(workflowId, result)
        return { ok: false, rollback_id: rollbackId, already_rolled_back: false, result, error }
      }
      return { ok: true, rollback_id: rollbackId, already_rolled_back: alreadyRolledBack, ...(result && { result }) }
    },
    async planRollback(workflowId, options = {}) {
      const { omit_states: omitStates = false, omit_unified_diff: omitUnifiedDiff = false } = options
      const omitted = { omitStates, omitUnifiedDiff }
      const request = { workflowId, planOnly: true, ...omitted, ...targetOf(options), ...whyOf(options) }
      const { plan, token } = await gitops.rollbackWorkflow(request, rpcOptions(options, planMs))
      remember(token)
      return plan === undefined ? null : planV1(plan)
    },
    async reinstateRevision(workflowId, options = {}) {
      const request = { workflowId, ...whyOf(options) }
      const { changed, token } = await gitops.reinstateRevision(request, rpcOptions(options, shortMs))
      remember(token)
      return changed
    },
  }
}

function targetOf({ to, force = false }: Target): { readonly force: boolean; readonly to?: string } {
  return { force, ...(to !== undefined && { to: pointText(to) }) }
}
