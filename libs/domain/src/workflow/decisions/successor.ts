import type { MadePlan } from '../events/made-plan.ts'
import { rejectionOf, syncsItself } from './rollback-decisions.ts'
import type { Workflow } from '../state/state.ts'

/** What can come in the place of a sync that has applied all it may for now, and waits for health. */
export type Successor =
  /** A sync that a person has asked for. */
  | { readonly by: string; readonly plan: null }
  /** A newer revision, which is synced by itself if no gate holds it back. */
  | { readonly by: string; readonly plan: MadePlan }

/**
 * The successor of a sync that writes; undefined if there is none. A newer revision counts once its plan is made, as one that
 * cannot be planned, or was rejected, would leave the workflow with nothing better than what it has.
 */
export function successorOf(workflow: Workflow, syncId: string, autoSync: boolean): Successor | undefined {
  const { sync, next, plan, rollback } = workflow
  if (sync?.id !== syncId || sync.started === null || sync.plan === null) return undefined
  if (rollback !== null || sync.cancelled !== null) return undefined
  if (next !== null) {
    const isNewer = next.trigger === 'manual' && next.revision !== null && next.revision !== sync.plan.revision
    return isNewer ? { by: next.id, plan: null } : undefined
  }
  if (!syncsItself(workflow, autoSync) || plan === null || plan.sync_id !== null) return undefined
  const isSame = plan.revision === sync.plan.revision || plan.tree === sync.plan.tree
  if (isSame || plan.summary.total_changes === 0 || rejectionOf(workflow, plan) !== undefined) return undefined
  return { by: `revision ${plan.revision.slice(0, 12)}`, plan }
}
